// A config struct names its members once, in `fields()`; from that one table the border to Python
// reads values by name, refuses what is missing or unknown with its path, and describes itself.
#pragma once

#include <concepts>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

namespace coterie {

template <class Owner, class Value>
struct Field {
  const char* name;
  Value Owner::* member;
};

template <class Owner, class Value>
constexpr Field<Owner, Value> field(const char* name, Value Owner::* member) {
  return {name, member};
}

template <class T>
concept HasFields = requires { T::fields(); };

template <class T>
concept HasKind = requires { T::kind; };

template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};

// A value of one of several kinds: a struct whose only content is `std::variant<...> body`; each alternative
// has a `static constexpr const char* kind` beside its fields. From Python comes a dict with that "kind".
template <class T>
concept IsOneOf = requires(T value) { value.body.index(); };

template <class T>
struct alternatives;
template <class... Kinds>
struct alternatives<std::variant<Kinds...>> {
  template <class Use>
  static constexpr void each(Use use) {
    (use.template operator()<Kinds>(), ...);
  }
};

// "int", "float", "bool", "str", "list[...]" or "{name: type, ...}": what Python's side must supply.
template <class T>
std::string describe() {
  if constexpr (std::is_same_v<T, bool>) return "bool";
  else if constexpr (std::is_integral_v<T>) return "int";
  else if constexpr (std::is_floating_point_v<T>) return "float";
  else if constexpr (std::is_same_v<T, std::string>) return "str";
  else if constexpr (is_vector<T>::value) {
    if constexpr (std::is_same_v<typename T::value_type, T>) return "list";
    else return "list[" + describe<typename T::value_type>() + "]";
  } else if constexpr (IsOneOf<T>) {
    std::string text;
    alternatives<decltype(T::body)>::each(
        [&]<class Kind>() { text += (text.empty() ? "" : " | ") + std::string(Kind::kind); });
    return text;
  } else {
    std::string text = "{";
    std::apply([&](auto... f) { ((text += (text.size() > 1 ? ", " : "") + std::string(f.name)), ...); },
               T::fields());
    return text + "}";
  }
}

}  // namespace coterie

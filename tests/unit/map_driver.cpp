// Draws maps without Python around them: for sanitizers and for timing. Reads lines `<seed> <count> <native
// config as JSON>`; answers with `<width> <height> <microseconds a map>` and the first map's cells in hex.
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "grid_map.h"

namespace coterie {

struct Json {
  double number = 0;
  std::string text;
  std::vector<Json> items;
  std::map<std::string, Json> members;
};

struct JsonReader {
  const char* at;

  void skip() {
    while (std::isspace(static_cast<unsigned char>(*at)) || *at == ',' || *at == ':') ++at;
  }
  std::string string() {
    const char* start = ++at;
    while (*at != '"') ++at;
    return {start, at++};
  }
  Json value() {
    Json json;
    skip();
    if (*at == '{') {
      for (++at, skip(); *at != '}'; skip()) {
        std::string key = string();
        json.members[key] = value();
      }
      ++at;
    } else if (*at == '[') {
      for (++at, skip(); *at != ']'; skip()) json.items.push_back(value());
      ++at;
    } else if (*at == '"') {
      json.text = string();
    } else if (*at == 't' || *at == 'f') {
      json.number = *at == 't';
      at += *at == 't' ? 4 : 5;
    } else {
      char* end = nullptr;
      json.number = std::strtod(at, &end);
      at = end;
    }
    return json;
  }
};

[[noreturn]] void fail(const std::string& why) {
  std::cerr << why << "\n";
  std::exit(2);
}

template <class T>
void read(const Json& json, T& out, const std::string& path) {
  if constexpr (is_vector<T>::value) {
    for (size_t i = 0; i < json.items.size(); ++i) read(json.items[i], out.emplace_back(), path + "[]");
  } else if constexpr (IsOneOf<T>) {
    bool is_known = false;
    alternatives<decltype(out.body)>::each([&]<class Kind>() {
      if (json.members.at("kind").text != Kind::kind) return;
      is_known = true;
      read(json, out.body.template emplace<Kind>(), path + ":" + Kind::kind);
    });
    if (!is_known) fail(path + ": no kind " + json.members.at("kind").text);
  } else if constexpr (HasFields<T>) {
    size_t known = HasKind<T>;
    auto one = [&](auto field) {
      const auto member = json.members.find(field.name);
      if (member == json.members.end()) fail(path + "." + field.name + " is missing");
      read(member->second, out.*(field.member), path + "." + field.name);
      ++known;
    };
    std::apply([&](auto... f) { (one(f), ...); }, T::fields());
    if (known != json.members.size()) fail(path + ": something unknown is given");
  } else {
    out = T(json.number);
  }
}

}  // namespace coterie

int main() {
  using namespace coterie;
  uint64_t seed = 0;
  int count = 0;
  std::string line;
  while (std::cin >> seed >> count && std::getline(std::cin, line)) {
    grid::MapConfig config;
    grid::Canvas canvas;
    read(JsonReader{line.c_str()}.value(), config, "map");
    Rng rng{seed};
    grid::draw_map(config, rng, canvas);
    std::string hex;
    for (const int cell : canvas.cells)
      for (const int digit : {cell / 16, cell % 16}) hex += "0123456789abcdef"[digit];
    const auto start = std::chrono::steady_clock::now();
    for (int i = 1; i < count; ++i) grid::draw_map(config, rng, canvas);
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    const double microseconds = time.count() / std::max(1, count - 1);
    std::cout << canvas.width << " " << canvas.height << " " << microseconds << " " << hex << "\n";
  }
}

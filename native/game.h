// What a game is: plain data with rules. The batch owns everything that is law for all games:
// buffers, seeds, episode ends by the clock, auto-reset, masks at the end, threads, statistics' delivery.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "fields.h"
#include "rng.h"

namespace coterie {

// The shapes a configured game asks the batch for. Letters: S seats, K action heads.
struct Spec {
  int seats = 1;
  std::vector<int> observation_shape;  // of one seat
  bool observation_is_float = false;   // else uint8
  std::vector<int> actions;            // sizes of the K discrete heads
  bool has_mask = false;               // a byte per choice of every head, concatenated
  int max_steps = 0;                   // the batch truncates after so many steps; 0 = never
  int usual_steps = 0;  // of episodes that end before max_steps: desync cuts first ones short by it, if not 0
  std::vector<std::string> statistics;       // one float32 per episode each
  std::vector<std::string> seat_statistics;  // one float32 per seat and episode each
  std::vector<std::vector<std::string>> action_names;

  int observation_size() const {
    int size = 1;
    for (int n : observation_shape) size *= n;
    return size;
  }
  int observation_bytes() const { return observation_size() * (observation_is_float ? 4 : 1); }
  int mask_bytes() const {
    if (!has_mask) return 0;
    int total = 0;
    for (int n : actions) total += n;
    return total;
  }
};

// One world's rows of the batch buffers. Rewards and terminals arrive zeroed, masks all 1; observations hold
// anything, so that a game writes every byte of them.
struct Io {
  std::span<const int32_t> actions;  // [S * K]
  std::span<float> rewards;          // [S]
  std::span<uint8_t> terminals;      // [S]
  std::span<uint8_t> observations;   // [S * observation_bytes]
  std::span<uint8_t> masks;          // [S * mask_bytes]

  std::span<float> floats() const {  // the observations of a game whose spec says float
    return {reinterpret_cast<float*>(observations.data()), observations.size() / sizeof(float)};
  }
};

template <class G>
concept Game = std::default_initializable<G> && std::copyable<G> && HasFields<typename G::Config> &&
               requires(G game, const G constant, const typename G::Config config, Rng rng, Io io) {
                 { G::name } -> std::convertible_to<const char*>;
                 { G::version } -> std::convertible_to<int>;
                 { G::spec(config) } -> std::same_as<Spec>;
                 { game.reset(config, rng) };
                 { game.step(config, rng, io) } -> std::same_as<bool>;  // true: the rules ended the episode
                 { game.observe(config, io) };
               };

// Optional parts of a game, found by shape.
template <class G>
concept HasMask = requires(const G game, const typename G::Config c, Io io) { game.mask(c, io); };
template <class G>
concept HasStats =
    requires(const G game, const typename G::Config c, std::span<float> s) { game.stats(c, s, s); };
template <class G>
concept HasLimit = requires(const G game, const typename G::Config c) {
  { game.limit(c) } -> std::same_as<int>;  // this episode's clock, where it differs from the spec's max_steps
};
template <class G>
concept HasClock = requires(const G game, const typename G::Config c) {
  {
    game.is_out_of_time(c)
  } -> std::same_as<bool>;  // a clock of its own, which does not count steps, ran out
};
template <class G>
concept HasText = requires(const G game, const typename G::Config c) {
  { game.text(c) } -> std::same_as<std::string>;
};
template <class G>
concept HasSnapshot = requires(const G game, const typename G::Config c) {
  { game.snapshot(c) } -> std::same_as<std::string>;  // the whole world as JSON, for viewers and tests
};
template <class G>
concept HasArchive = requires(G game) { game.visit([](auto&) {}); };
template <class C>
concept HasPrepare = requires(C config) { config.prepare(); };

// Calls `use` on every part a world is made of: the game itself where it is plain data, else what `visit`
// lists.
template <class G, class Use>
void for_each_part(G& game, Use use) {
  if constexpr (HasArchive<G>) {
    game.visit(use);
  } else {
    static_assert(std::is_trivially_copyable_v<G>, "a game with vectors needs visit()");
    use(game);
  }
}

// Writes a part with `put(data, size)`: a vector as its length and elements, anything else as its bytes.
template <class T, class Put>
void put_part(T& part, Put& put) {
  if constexpr (is_vector<T>::value) {
    const uint64_t size = part.size();
    put(&size, 8);
    put(part.data(), size * sizeof(typename T::value_type));
  } else {
    put(&part, sizeof part);
  }
}

// Reads a part back; `left()` says how many bytes are still to come, so that a damaged length allocates
// nothing.
template <class T, class Get, class Left>
void get_part(T& part, Get& get, Left left) {
  if constexpr (is_vector<T>::value) {
    uint64_t size = 0;
    get(&size, 8);
    if (size > left() / sizeof(typename T::value_type))
      throw std::invalid_argument("restore: the saved world is damaged");
    part.resize(size);
    get(part.data(), size * sizeof(typename T::value_type));
  } else {
    get(&part, sizeof part);
  }
}

}  // namespace coterie

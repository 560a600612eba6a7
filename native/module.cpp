// Python module coterie.native: the table of games, and the batch class they share.
#include "bind.h"
#include "learner.h"
#include "packing.h"

namespace coterie {
namespace {

template <class T>
nb::object view(nb::handle owner, T* data, std::vector<size_t> shape) {
  return nb::cast(nb::ndarray<nb::numpy, T>(data, shape.size(), shape.data(), owner));
}

nb::object observation_view(nb::handle self, const BatchBase& batch, uint8_t* data) {
  std::vector<size_t> shape{size_t(batch.options.worlds) * batch.spec.seats};
  for (int n : batch.spec.observation_shape) shape.push_back(size_t(n));
  if (batch.spec.observation_is_float) return view(self, reinterpret_cast<float*>(data), shape);
  return view(self, data, shape);
}

nb::dict spec_dict(const Spec& spec) {
  nb::dict d;
  d["seats"] = spec.seats;
  d["observation_shape"] = spec.observation_shape;
  d["observation_is_float"] = spec.observation_is_float;
  d["actions"] = spec.actions;
  d["action_names"] = spec.action_names;
  d["has_mask"] = spec.has_mask;
  d["max_steps"] = spec.max_steps;
  d["usual_steps"] = spec.usual_steps;
  d["statistics"] = spec.statistics;
  d["seat_statistics"] = spec.seat_statistics;
  return d;
}

// One world is asked for: it must exist and be at rest.
void check_world(BatchBase& batch, int w) {
  batch.wait();
  if (w < 0 || w >= batch.options.worlds)
    throw nb::index_error(
        ("world " + std::to_string(w) + " is outside 0.." + std::to_string(batch.options.worlds - 1))
            .c_str());
}

// The finished episodes as arrays, one row an episode.
nb::dict episodes_dict(BatchBase& batch) {
  const auto episodes = batch.take_episodes();
  const size_t e = episodes.size(), s = batch.spec.seats, p = batch.spec.statistics.size(),
               q = batch.spec.seat_statistics.size();
  auto array = [](auto zero, std::vector<size_t> shape) {
    using T = decltype(zero);
    size_t size = 1;
    for (size_t n : shape) size *= n;
    T* data = new T[size ? size : 1]();
    nb::capsule owner(data, [](void* x) noexcept { delete[] static_cast<T*>(x); });
    return nb::ndarray<nb::numpy, T>(data, shape.size(), shape.data(), owner);
  };
  auto world = array(int32_t(0), {e}), length = array(int32_t(0), {e});
  auto seed = array(uint64_t(0), {e});
  auto truncated = array(uint8_t(0), {e});
  auto returns = array(0.f, {e, s}), statistics = array(0.f, {e, p}), seat_statistics = array(0.f, {e, s, q});
  for (size_t i = 0; i < e; ++i) {
    const auto& one = episodes[i];
    world.data()[i] = one.world;
    length.data()[i] = one.length;
    seed.data()[i] = one.seed;
    truncated.data()[i] = one.truncated;
    std::copy_n(one.values.data(), s, returns.data() + i * s);
    std::copy_n(one.values.data() + s, p, statistics.data() + i * p);
    std::copy_n(one.values.data() + s + p, s * q, seat_statistics.data() + i * s * q);
  }
  nb::dict d;
  d["world"] = nb::cast(world);
  d["seed"] = nb::cast(seed);
  d["length"] = nb::cast(length);
  d["truncated"] = nb::cast(truncated);
  d["returns"] = nb::cast(returns);
  d["statistics"] = nb::cast(statistics);
  d["seat_statistics"] = nb::cast(seat_statistics);
  return d;
}

std::unique_ptr<BatchBase> make_batch(const std::string& game, nb::dict config, BatchOptions options) {
  const auto entry = game_table().find(game);
  if (entry == game_table().end()) throw nb::key_error(("no native game '" + game + "'").c_str());
  if (options.worlds < 1 || options.threads < 1)
    throw nb::value_error("worlds and threads must be at least 1");
  return entry->second.make(config, options);
}

std::unique_ptr<BotsBase> make_bots(const std::string& name, nb::dict sight, nb::dict options,
                                    const std::vector<int>& worlds, int threads) {
  const auto entry = bot_table().find(name);
  if (entry == bot_table().end()) throw nb::key_error(("no native bots '" + name + "'").c_str());
  return entry->second.make(sight, options, worlds, threads);
}

// Arrays over the batch's own memory, which they keep alive.
void bind_arrays(nb::class_<BatchBase>& batch) {
  using Get = nb::object (*)(nb::handle, BatchBase&);
  auto array = [&](const char* name, Get get) {
    batch.def(name, [get](nb::handle self) { return get(self, nb::cast<BatchBase&>(self)); });
  };
  array("observations",
        [](nb::handle self, BatchBase& b) { return observation_view(self, b, b.observations.data()); });
  array("final_observations",
        [](nb::handle self, BatchBase& b) { return observation_view(self, b, b.final_observations.data()); });
  array("actions", [](nb::handle self, BatchBase& b) {
    return view(self, b.actions.data(), {b.rewards.size(), b.spec.actions.size()});
  });
  array("labels", [](nb::handle self, BatchBase& b) {
    const size_t rows = b.labels.empty() ? 0 : b.rewards.size();
    return view(self, b.labels.data(), {rows, b.spec.actions.size()});
  });
  array("rewards",
        [](nb::handle self, BatchBase& b) { return view(self, b.rewards.data(), {b.rewards.size()}); });
  array("terminals",
        [](nb::handle self, BatchBase& b) { return view(self, b.terminals.data(), {b.rewards.size()}); });
  array("truncations",
        [](nb::handle self, BatchBase& b) { return view(self, b.truncations.data(), {b.rewards.size()}); });
  array("masks", [](nb::handle self, BatchBase& b) {
    return view(self, b.masks.data(), {b.rewards.size(), size_t(b.spec.mask_bytes())});
  });
}

// The pieces of a tape as plain values; actions as bytes of int32, marks as (tick, state, rewards).
nb::list pieces_list(const std::vector<Piece>& pieces) {
  nb::list all;
  for (const auto& piece : pieces) {
    nb::dict d;
    d["seed"] = piece.seed;
    d["first"] = piece.first;
    d["ticks"] = piece.ticks;
    d["end"] = int(piece.end);
    d["actions"] = nb::bytes(piece.actions.data(), piece.actions.size() * sizeof(int32_t));
    nb::list marks;
    for (const auto& mark : piece.marks) marks.append(nb::make_tuple(mark.tick, mark.state, mark.rewards));
    d["marks"] = marks;
    d["returns"] = piece.returns;
    all.append(d);
  }
  return all;
}

int64_t repeat(BatchBase& b, int w,
               nb::ndarray<const int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu> a) {
  check_world(b, w);
  if (a.shape(1) != size_t(b.spec.seats) * b.spec.actions.size())
    throw nb::value_error("repeat: actions are not those of the seats of one world");
  const int32_t* data = a.data();
  const auto ticks = int64_t(a.shape(0));
  nb::gil_scoped_release released;
  return b.repeat(w, data, ticks);
}

// Tapes: what a world did, and doing it again.
void bind_tapes(nb::class_<BatchBase>& batch) {
  batch
      .def("record",
           [](BatchBase& b, int w, int every) {
             check_world(b, w);
             if (every < 1) throw nb::value_error("record: a mark is made every so many ticks, at least 1");
             b.record(w, every);
           })
      .def("is_recorded",
           [](BatchBase& b, int w) {
             check_world(b, w);
             return b.is_recorded(w);
           })
      .def("stop_recording",
           [](BatchBase& b, int w) {
             check_world(b, w);
             b.stop_recording(w);
           })
      .def("call_at",
           [](BatchBase& b, int w, int64_t tick, double seconds) {
             check_world(b, w);
             b.call_at(w, tick, seconds);
           })
      .def("take_tape",
           [](BatchBase& b, int w) {
             check_world(b, w);
             return pieces_list(b.take_tape(w));
           })
      .def("repeat", &repeat);
}

// What concerns one world, given by its number.
void bind_worlds(nb::class_<BatchBase>& batch) {
  auto world = [&](const char* name, auto get) {
    batch.def(name, [get](BatchBase& b, int w) {
      check_world(b, w);
      return get(b, w);
    });
  };
  world("save", [](BatchBase& b, int w) {
    const auto bytes = b.save(w);
    return nb::bytes(bytes.data(), bytes.size());
  });
  world("hash", [](BatchBase& b, int w) { return b.hash(w); });
  world("text", [](BatchBase& b, int w) { return b.text(w); });
  world("snapshot", [](BatchBase& b, int w) { return b.snapshot(w); });
  world("statistics", [](BatchBase& b, int w) { return b.statistics(w); });
  world("episode_seed", [](BatchBase& b, int w) { return b.seed_of(w); });
  world("episode_step", [](BatchBase& b, int w) { return b.steps_of(w); });
  world("episode_returns", [](BatchBase& b, int w) { return b.returns_of(w); });
  batch.def("start_episode", [](BatchBase& b, int w, uint64_t seed) {
    check_world(b, w);
    b.start_episode(w, seed);
  });
  batch.def("restore", [](BatchBase& b, int w, nb::bytes bytes) {
    check_world(b, w);
    const auto* data = reinterpret_cast<const uint8_t*>(bytes.c_str());
    b.restore(w, {data, data + bytes.size()});
  });
}

void play(BatchBase& b, BotsBase& bots, int steps,
          nb::ndarray<uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu> is_playing) {
  const auto worlds = size_t(b.options.worlds);
  if (bots.rows() != b.rewards.size() || size_t(bots.teams()) != worlds || is_playing.size() != worlds)
    throw nb::value_error("play: there is not one team for all seats of each world");
  uint8_t* flags = is_playing.data();
  nb::gil_scoped_release released;
  b.play(bots, steps, flags);
}

void bind_batch(nb::module_& m) {
  using Released = nb::call_guard<nb::gil_scoped_release>;
  nb::class_<BatchBase> batch(m, "Batch", "Many worlds of one game; see coterie.games.batch.Batch.");
  batch.def("reset", &BatchBase::reset, nb::arg("seed").none() = nb::none(), Released())
      .def("begin", &BatchBase::begin, nb::arg("first"), nb::arg("count"), Released())
      .def(
          "wait",
          [](BatchBase& b) {
            b.wait();
            return b.tape_is_due();
          },
          Released())
      .def(
          "step",
          [](BatchBase& b) {
            b.begin(0, b.options.worlds);
            b.wait();
            return b.tape_is_due();
          },
          Released())
      .def("play", &play)
      .def("point_observations",
           [](BatchBase& b, size_t address) {
             b.wait();
             b.point_observations(reinterpret_cast<uint8_t*>(address));
           })
      .def("teach",
           [](BatchBase& b, const std::string& name, nb::dict sight, nb::dict options) {
             std::vector<int> worlds(b.rewards.size());
             for (size_t row = 0; row < worlds.size(); ++row) worlds[row] = int(row) / b.spec.seats;
             auto bots = make_bots(name, sight, options, worlds, 1);
             nb::gil_scoped_release released;
             b.teach(std::move(bots));
           })
      .def("episodes", &episodes_dict)
      .def("spec", [](const BatchBase& b) { return spec_dict(b.spec); });
  bind_arrays(batch);
  bind_worlds(batch);
  bind_tapes(batch);
}

using Rows = nb::ndarray<const uint8_t, nb::c_contig, nb::device::cpu>;
using Answers = nb::ndarray<int32_t, nb::c_contig, nb::device::cpu>;

void act_for(BotsBase& bots, Rows observations, Answers actions) {
  if (observations.size() != bots.rows() * bots.bytes() ||
      actions.size() != bots.rows() * size_t(bots.heads()))
    throw nb::value_error("bots: observations and actions are not those of their rows");
  const uint8_t* seen = observations.data();
  int32_t* answers = actions.data();
  nb::gil_scoped_release released;
  bots.act(seen, answers);
}

void bind_bots(nb::module_& m) {
  nb::class_<BotsBase> bots(m, "Bots", "Scripted teams, one for each world; see coterie.games.bots.Bots.");
  bots.def("act", &act_for)
      .def("forget",
           [](BotsBase& b, Rows ended) {
             if (ended.size() != b.rows()) throw nb::value_error("bots: ended needs one value a row");
             for (size_t row = 0; row < b.rows(); ++row)
               if (ended.data()[row]) b.forget(b.team_of(row));
           })
      .def("save",
           [](BotsBase& b) {
             std::vector<uint8_t> bytes;
             for (int team = 0; team < b.teams(); ++team) b.save(team, bytes);
             return nb::bytes(bytes.data(), bytes.size());
           })
      .def("restore", [](BotsBase& b, nb::bytes saved) {
        const auto* data = reinterpret_cast<const uint8_t*>(saved.c_str());
        const std::vector<uint8_t> bytes(data, data + saved.size());
        size_t at = 0;
        for (int team = 0; team < b.teams(); ++team) at = b.restore(team, bytes, at);
        if (at != bytes.size()) throw std::invalid_argument("restore: the saved teams are of other rows");
      });
}

}  // namespace
}  // namespace coterie

NB_MODULE(native, m) {
  using namespace coterie;
  nb::set_leak_warnings(false);
  m.def(
      "games",
      [] {
        nb::dict d;
        for (const auto& [name, entry] : game_table()) {
          nb::dict facts;
          facts["version"] = entry.version;
          facts["fields"] = entry.fields;
          facts["has_mask"] = entry.has_mask;
          facts["has_text"] = entry.has_text;
          d[name.c_str()] = facts;
        }
        return d;
      },
      "Every compiled game: name -> version, fields, has_mask, has_text.");
  m.def(
      "make",
      [](const std::string& game, nb::dict config, int worlds, uint64_t seed, int threads, bool desync) {
        return make_batch(game, config, {worlds, seed, threads, desync});
      },
      nb::arg("game"), nb::arg("config"), nb::arg("worlds"), nb::arg("seed"), nb::arg("threads"),
      nb::arg("desync"));
  m.def(
      "digits",
      [](nb::ndarray<const int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu> choices, uint64_t n,
         size_t count, int bits) {
        if (count < 1 || bits < 0 || bits > 62)
          throw nb::value_error("digits: a number has at least one digit and at most 62 bits");
        const auto bytes = digits({choices.data(), choices.size()}, n, count, bits);
        return nb::bytes(bytes.data(), bytes.size());
      },
      nb::arg("choices"), nb::arg("n"), nb::arg("count"), nb::arg("bits"));
  m.def(
      "bots",
      [] {
        nb::dict d;
        for (const auto& [name, entry] : bot_table()) d[name.c_str()] = entry.fields;
        return d;
      },
      "Every compiled scripted team: name -> its options.");
  m.def("make_bots", &make_bots, nb::arg("name"), nb::arg("sight"), nb::arg("options"), nb::arg("worlds"),
        nb::arg("threads"));
  m.def("compiler", [] { return std::string(__VERSION__); });
  bind_bots(m);
  bind_batch(m);
  bind_learner(m);
}

// The learner's part of coterie.native: what a policy does on the CPU beside its matrix products. Every
// function works on memory its caller owns, keeps nothing between calls and lets other Python threads run.
#include "learner.h"

#include <nanobind/stl/array.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <climits>
#include <memory>
#include <tuple>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "advantages.h"
#include "arrays.h"
#include "bell.h"
#include "choose.h"
#include "dense.h"
#include "hands.h"
#include "layer.h"
#include "patches.h"
#include "tokens.h"

namespace coterie {
namespace {

// --- choices ---

constexpr size_t SHARED_ROWS = 256, READ_ROWS = 64;

// Of bool [rows, width], null for None: whoever holds the object keeps them.
const uint8_t* masks_of(const nb::object& masks, size_t rows, size_t width, const char* otherwise) {
  if (masks.is_none()) return nullptr;
  const auto array = nb::cast<Array<const bool, 2>>(masks);
  require(array.shape(0) == rows && array.shape(1) == width, otherwise);
  return reinterpret_cast<const uint8_t*>(array.data());
}

void bind_choose(nb::module_& m) {
  m.def(
      "choose",
      [](Array<const float, 2> logits, nb::object masks, nb::object keys, std::vector<int> sizes,
         uint64_t seed, uint64_t counter, bool is_greedy, Array<int32_t, 2> actions,
         Array<float, 1> log_probs) {
        const size_t rows = logits.shape(0), width = logits.shape(1);
        size_t sum = 0;
        for (int n : sizes) {
          require(n > 0, "choose: a head without actions");
          sum += size_t(n);
        }
        require(sum == width, "choose: the heads' sizes do not add up to the logits' width");
        require(actions.shape(0) == rows && actions.shape(1) == sizes.size(),
                "choose: actions are not [R, K]");
        require(log_probs.shape(0) == rows, "choose: log_probs are not [R]");
        const uint8_t* mask_data = masks_of(masks, rows, width, "choose: masks are not shaped as logits");
        const int64_t* key_data = nullptr;
        if (!keys.is_none()) {
          const auto array = nb::cast<Array<const int64_t, 1>>(keys);
          require(array.shape(0) == rows, "choose: keys are not [R]");
          key_data = array.data();
        }
        const Choosing choosing{logits.data(), mask_data, key_data,       sizes,           seed,
                                counter,       is_greedy, actions.data(), log_probs.data()};
        std::atomic<size_t> refused = rows;  // the first
        {
          Released released;
          share_rows(rows, SHARED_ROWS, [&](size_t first, size_t count) {
            const size_t found = choose(choosing, first, count, width);
            for (size_t least = refused; found < least && !refused.compare_exchange_weak(least, found);)
              continue;
          });
        }
        if (refused < rows)
          throw nb::value_error(
              ("row " + std::to_string(refused.load()) +
               ": nothing can be chosen, its logits are not finite or every action is forbidden")
                  .c_str());
      },
      nb::kw_only(), nb::arg("logits"), nb::arg("masks").none(), nb::arg("keys").none(), nb::arg("sizes"),
      nb::arg("seed"), nb::arg("counter"), nb::arg("is_greedy"), nb::arg("actions"), nb::arg("log_probs"));
}

Likelihood likelihood_of(const Array<const float, 2>& logits, const nb::object& masks,
                         const Array<const int32_t, 2>& actions, const std::vector<int>& sizes,
                         const Array<float, 3>& kept) {
  const size_t rows = logits.shape(0), heads = sizes.size();
  size_t sum = 0;
  for (int n : sizes) sum += size_t(std::max(n, 0));
  require(sum == logits.shape(1), "likelihood: the heads' sizes do not add up to the logits' width");
  require(actions.shape(0) == rows && actions.shape(1) == heads, "likelihood: actions are not [R, K]");
  require(kept.shape(0) == rows && kept.shape(1) == heads && kept.shape(2) == 2,
          "likelihood: kept is not [R, K, 2]");
  for (size_t i = 0; i < actions.size(); ++i)
    require(actions.data()[i] >= 0 && actions.data()[i] < sizes[i % heads], "likelihood: no such action");
  const size_t width = logits.shape(1);
  const uint8_t* mask_data = masks_of(masks, rows, width, "likelihood: masks are not shaped as logits");
  return {rows, width, logits.data(), mask_data, actions.data(), sizes, kept.data()};
}

void bind_likelihood(nb::module_& m) {
  m.def(
      "likelihood",
      [](Array<const float, 2> logits, nb::object masks, Array<const int32_t, 2> actions,
         std::vector<int> sizes, Array<float, 3> kept, Array<float, 1> log_probs, Array<float, 1> entropies) {
        const Likelihood l = likelihood_of(logits, masks, actions, sizes, kept);
        require(log_probs.shape(0) == l.rows && entropies.shape(0) == l.rows,
                "likelihood: results are not [R]");
        Released released;
        share_rows(l.rows, SHARED_ROWS, [&](size_t first, size_t rows) {
          likelihood(l.part(first, rows), log_probs.data() + first, entropies.data() + first);
        });
      },
      nb::arg("logits"), nb::arg("masks").none(), nb::arg("actions"), nb::arg("sizes"), nb::arg("kept"),
      nb::arg("log_probs"), nb::arg("entropies"));
  m.def(
      "likelihood_backward",
      [](Array<const float, 2> logits, nb::object masks, Array<const int32_t, 2> actions,
         std::vector<int> sizes, Array<float, 3> kept, Array<const float, 1> d_log_probs,
         Array<const float, 1> d_entropies, Array<float, 2> d_logits) {
        const Likelihood l = likelihood_of(logits, masks, actions, sizes, kept);
        require(d_log_probs.shape(0) == l.rows && d_entropies.shape(0) == l.rows &&
                    d_logits.size() == logits.size(),
                "likelihood: gradients are not shaped as what they are of");
        Released released;
        share_rows(l.rows, SHARED_ROWS, [&](size_t first, size_t rows) {
          likelihood_backward(l.part(first, rows), d_log_probs.data() + first, d_entropies.data() + first,
                              d_logits.data() + first * l.width);
        });
      },
      nb::arg("logits"), nb::arg("masks").none(), nb::arg("actions"), nb::arg("sizes"), nb::arg("kept"),
      nb::arg("d_log_probs"), nb::arg("d_entropies"), nb::arg("d_logits"));
}

// --- tokens ---

template <class T>
void copy(nb::dict parts, const char* name, std::vector<T>& to) {
  const auto array = nb::cast<Array<const T, 1>>(parts[name]);
  to.assign(array.data(), array.data() + array.shape(0));
}

// The highest row that any code of any location names.
int highest_row(const TokenBook& book) {
  int highest = 0;
  for (size_t location = 0; location < 256; ++location) {
    if (book.offset[location] < 0) continue;
    const size_t begin = size_t(book.scope[location]) * 256 * SLOTS;
    for (int32_t i = book.first[begin]; i < book.first[begin + 256 * SLOTS]; ++i) {
      const int32_t row = book.row[size_t(i)] + (book.moved[size_t(i)] & book.offset[location]);
      highest = std::max(highest, row);
    }
  }
  return highest;
}

std::unique_ptr<TokenBook> make_book(nb::dict parts) {
  auto book = std::make_unique<TokenBook>();
  copy(parts, "offset", book->offset);
  copy(parts, "scope", book->scope);
  copy(parts, "digit", book->digit);
  copy(parts, "first", book->first);
  copy(parts, "row", book->row);
  copy(parts, "weight", book->weight);
  book->base = nb::cast<uint32_t>(parts["base"]);
  book->rows = nb::cast<int32_t>(parts["rows"]);
  require(book->offset.size() == 256 && book->scope.size() == 256 && book->digit.size() == 256,
          "TokenBook: 256 locations and 256 features");
  const size_t scopes = 1 + *std::max_element(book->scope.begin(), book->scope.end());
  require(book->first.size() == scopes * 256 * SLOTS + 1, "TokenBook: first is not [scopes * 256 * 512 + 1]");
  require(size_t(book->first.back()) == book->row.size() && book->row.size() == book->weight.size(),
          "TokenBook: rows and weights are not as many as first says");
  for (size_t i = 0; i + 1 < book->first.size(); ++i)
    book->most = std::max(book->most, size_t(book->first[i + 1] - book->first[i]));
  book->most = (book->most + 3) / 4 * 4;
  for (int32_t& row : book->row) {  // below 0 stands ~row of a row that is the same at any location
    book->moved.push_back(row < 0 ? 0 : -1);
    if (row < 0) row = ~row;
  }
  for (auto* part : {&book->row, &book->moved}) part->resize(part->size() + book->most);
  book->weight.resize(book->row.size());
  require(highest_row(*book) < book->rows, "TokenBook: a code names a row outside the table");
  return book;
}

Tokens tokens_of(const Array<const uint8_t, 3>& tokens) {
  require(tokens.shape(2) == 3, "tokens are not [N, L, 3]");
  return {tokens.data(), tokens.shape(0), tokens.shape(1)};
}

// What all observations of a tensor add up to, so many at a time.
struct Readings {
  size_t n, rows;  // observations, rows of the table
  std::vector<Found> parts;

  static std::unique_ptr<Readings> of(const TokenBook& book, Array<const uint8_t, 3> tokens) {
    const Tokens read = tokens_of(tokens);
    auto readings = std::make_unique<Readings>(read.n, size_t(book.rows));
    readings->parts.resize((read.n + READ_ROWS - 1) / READ_ROWS);
    Released released;
    share_rows(read.n, READ_ROWS, [&](size_t first, size_t count) {
      readings->parts[first / READ_ROWS] = Found(book, read.part(first, count));
    });
    return readings;
  }
  void check(const Array<float, 2>& of_observations, size_t table_rows, size_t width) const {
    require(table_rows == rows, "the table has not the rows of its book");
    require(width % BLOCK == 0, "the table's width is not a multiple of 64");
    require(of_observations.shape(0) == n && of_observations.shape(1) == width,
            "what is of the observations is not [N, width]");
  }
  void sum(Array<const float, 2> table, Array<const float, 1> bias, Array<float, 2> out) const {
    const size_t width = table.shape(1);
    check(out, table.shape(0), width);
    require(bias.shape(0) == width, "the bias is not [width]");
    Released released;
    share_rows(n, READ_ROWS, [&](size_t first, size_t) {
      token_sum(parts[first / READ_ROWS], {table.data(), width}, bias.data(), out.data() + first * width);
    });
  }
  // Each thread adds up some of the columns, on a table of its own: in one table what a core fetches ahead is
  // what the other writes.
  void sum_backward(Array<float, 2> grad, Array<float, 2> table) const {
    const size_t width = table.shape(1), blocks = width / BLOCK;
    check(grad, table.shape(0), width);
    Released released;
    const size_t hands = std::min(blocks, size_t(Hands::threads()));
    if (hands == 1) return add(grad.data(), width, {table.data(), width});
    share_rows(blocks, (blocks + hands - 1) / hands, [&](size_t block, size_t count) {
      const size_t first = block * BLOCK, columns = count * BLOCK;
      std::vector<float> own(rows * columns);
      add(grad.data() + first, width, {own.data(), columns});
      for (size_t row = 0; row < rows; ++row)
        for (size_t k = 0; k < columns; ++k) table.data()[row * width + first + k] += own[row * columns + k];
    });
  }

 private:
  void add(const float* grad, size_t stride, const Table<float>& table) const {
    for (size_t part = 0; part < parts.size(); ++part)
      token_sum_backward(parts[part], grad + part * READ_ROWS * stride, stride, table);
  }
};

void bind_tokens(nb::module_& m) {
  nb::class_<Readings>(m, "Readings", "Which rows of a table observations add up; see tokens.h.")
      .def("sum", &Readings::sum, nb::arg("table"), nb::arg("bias"), nb::arg("out"))
      .def("sum_backward", &Readings::sum_backward, nb::arg("grad"), nb::arg("table"));
  nb::class_<TokenBook>(m, "TokenBook", "Which rows of a table a token stands for; see tokens.h.")
      .def_static("make", &make_book, nb::arg("parts"))
      .def("find", &Readings::of, nb::arg("tokens"))
      .def("entries", [](const TokenBook& book, Array<const uint8_t, 2> tokens) {
        const Found found(book, {tokens.data(), 1, tokens.shape(0)});
        nb::list list;
        found.each([&](size_t, const Entries& entries, size_t count) {
          for (size_t i = 0; i < count; ++i) list.append(nb::make_tuple(entries.row[i], entries.weight[i]));
        });
        return list;
      });
}

// --- dense ---

DenseLayer layer(const Array<const float, 2>& x, const Array<const float, 2>& weight, int shape,
                 const Array<float, 2>& y) {
  const size_t rows = x.shape(0), in = weight.shape(1), out = weight.shape(0);
  require(x.shape(1) == in && y.shape(0) == rows && y.shape(1) == out,
          "dense: x, weight and y are not [B, in], [out, in] and [B, out]");
  require(shape >= 0 && shape <= 2, "dense: the shape is 0 (plain), 1 (relu) or 2 (tanh)");
  return {rows, in, out, Activation(shape), x.data(), y.data()};
}

void bind_dense(nb::module_& m) {
  m.def(
      "relu_backward",
      [](Array<const float, 1> y, Array<const float, 1> d_y, Array<float, 1> to) {
        require(d_y.size() == y.size() && to.size() == y.size(),
                "relu_backward: not as many numbers of each");
        Released released;
        share_rows(y.size(), 1 << 16, [&](size_t first, size_t n) {
          relu_backward({y.data() + first, n}, d_y.data() + first, to.data() + first);
        });
      },
      nb::arg("y"), nb::arg("d_y"), nb::arg("to"));
  m.def("dense_forward", [](Array<const float, 2> x, Array<const float, 2> weight, Array<const float, 1> bias,
                            int shape, Array<float, 2> y, bool is_half) {
    const DenseLayer l = layer(x, weight, shape, y);
    require(bias.shape(0) == l.out, "dense: the bias is not [out]");
    Released released;
    const Layer weights(weight.data(), bias.data(), l.out, l.in, form_of(is_half));
    share_rows(l.rows, 4 * TILE_ROWS,
               [&](size_t first, size_t rows) { dense_forward(l.part(first, rows), weights); });
  });
  m.def(
      "dense_backward",
      [](Array<const float, 2> x, Array<const float, 2> weight, int shape, Array<float, 2> y,
         Array<const float, 2> d_y, nb::object d_x, Array<float, 2> d_weight, Array<float, 1> d_bias,
         bool is_half) {
        const DenseLayer l = layer(x, weight, shape, y);
        require(d_y.shape(0) == l.rows && d_y.shape(1) == l.out && d_weight.size() == l.in * l.out &&
                    d_bias.shape(0) == l.out,
                "dense: gradients are not shaped as what they are of");
        float* to = nullptr;
        if (!d_x.is_none()) {
          const auto array = nb::cast<Array<float, 2>>(d_x);
          require(array.shape(0) == l.rows && array.shape(1) == l.in, "dense: d_x is not [B, in]");
          to = array.data();
        }
        Released released;
        const Form form = form_of(is_half);
        const Panels weights = Panels::of(weight.data(), to ? l.out : 0, l.in, form);
        share_sums(l.rows, eighth(l.rows, 4 * TILE_ROWS_BACK),
                   {{d_weight.data(), d_weight.size()}, {d_bias.data(), d_bias.size()}},
                   [&](size_t first, size_t rows, float* sums) {
                     dense_backward(l.part(first, rows), weights,
                                    {d_y.data() + first * l.out,
                                     to ? to + first * l.in : nullptr,
                                     {sums, sums + d_weight.size()}});
                   });
      },
      nb::arg("x"), nb::arg("weight"), nb::arg("shape"), nb::arg("y"), nb::arg("d_y"), nb::arg("d_x").none(),
      nb::arg("d_weight"), nb::arg("d_bias"), nb::arg("is_half"));
}

// --- patches ---

using Window = std::tuple<bool, int, int, int, int, int>;  // is_tiles, planes, height, width, size, stride

template <class Weight>
Patches patches_of(const Window& window, const Weight& weight, size_t bytes, size_t places) {
  const auto [is_tiles, planes, height, width, size, stride] = window;
  const Patches p{is_tiles, planes, height, width, size, stride, weight.shape(1), nullptr};
  require(size > 0 && stride > 0 && size <= height && size <= width, "patches do not fit into the window");
  require(weight.shape(0) == size_t(planes * size * size),
          "patches: weights are not [planes * size * size, channels]");
  require(!is_tiles || planes == 256, "patches: tiles have 256 planes");
  require(weight.shape(1) % LANES == 0, "patches: channels are not a multiple of 8");
  require(bytes == p.bytes() && places == p.places(), "patches: bytes or places are not those of the window");
  return p;
}

void bind_patches(nb::module_& m) {
  m.def(
      "look_up",
      [](Array<const uint8_t, 1> bytes, Array<const float, 1> level, Array<float, 1> out) {
        require(level.shape(0) == 256 && out.shape(0) == bytes.shape(0),
                "look_up: 256 levels, one float a byte");
        Released released;
        look_up(bytes.data(), bytes.shape(0), level.data(), out.data());
      },
      nb::arg("bytes"), nb::arg("level"), nb::arg("out"));
  m.def("patch_sum", [](Window window, Array<const uint8_t, 2> bytes, Array<const float, 1> level,
                        Array<const float, 2> weight, Array<const float, 1> bias, Array<float, 3> out) {
    Patches p = patches_of(window, weight, bytes.shape(1), out.shape(1));
    require(level.shape(0) == 256 && bias.shape(0) == p.channels, "patch_sum: 256 levels, a bias a channel");
    require(out.shape(0) == bytes.shape(0) && out.shape(2) == p.channels,
            "patch_sum: out is not [N, places, channels]");
    p.level = level.data();
    const PatchSum sum{bytes.data(), bytes.shape(0), weight.data(), bias.data(), out.data()};
    Released released;
    patch_sum(p, sum);
  });
  m.def("patch_sum_backward", [](Window window, Array<const uint8_t, 2> bytes, Array<const float, 1> level,
                                 Array<const float, 3> grad, Array<float, 2> weight) {
    Patches p = patches_of(window, weight, bytes.shape(1), grad.shape(1));
    require(level.shape(0) == 256, "patch_sum_backward: 256 levels");
    require(grad.shape(0) == bytes.shape(0) && grad.shape(2) == p.channels,
            "patch_sum_backward: grad is not [N, places, channels]");
    p.level = level.data();
    Released released;
    patch_sum_backward(p, bytes.data(), bytes.shape(0), grad.data(), weight.data());
  });
}

// Freed memory stays with the process. What a minibatch needs is what the next one needs; giving it back and
// asking for it again costs up to a fifth of the time (page faults).
bool keep_memory() {
#ifdef __GLIBC__
  return mallopt(M_MMAP_THRESHOLD, 1 << 30) && mallopt(M_TRIM_THRESHOLD, INT_MAX);
#else
  return false;
#endif
}

// --- advantages ---

void bind_advantages(nb::module_& m) {
  using Table = Array<const float, 2>;
  m.def(
      "vtrace",
      [](Table values, Table rewards, Table next_values, Array<const float, 1> last_values, Table ratios,
         Array<const uint8_t, 2> ends, Array<float, 2> advantages, float gamma, float gae_lambda,
         float rho_clip, float c_clip) {
        const size_t steps = values.shape(0), segments = values.shape(1);
        auto is_same = [&](const auto& array) {
          return array.shape(0) == steps && array.shape(1) == segments;
        };
        require(is_same(rewards) && is_same(next_values) && is_same(ratios) && is_same(ends) &&
                    is_same(advantages) && last_values.shape(0) == segments,
                "vtrace: the arrays are not all [T, S]");
        const Released released;
        vtrace({values.data(), rewards.data(), next_values.data(), last_values.data(), ratios.data(),
                ends.data(), advantages.data()},
               {gamma, gae_lambda, rho_clip, c_clip}, steps, segments);
      },
      nb::kw_only(), nb::arg("values"), nb::arg("rewards"), nb::arg("next_values"), nb::arg("last_values"),
      nb::arg("ratios"), nb::arg("ends"), nb::arg("advantages"), nb::arg("gamma"), nb::arg("gae_lambda"),
      nb::arg("rho_clip"), nb::arg("c_clip"));
}

// --- threads ---

void bind_bell(nb::module_& m) {
  using Guard = nb::call_guard<Released>;
  nb::class_<Bell>(m, "Bell", "What a thread rings and another waits for; see bell.h.")
      .def(nb::init<>())
      .def("ring", &Bell::ring)
      .def("wait", &Bell::wait, nb::arg("heard"), Guard());
  m.def("share", &Hands::share, nb::arg("threads"),
        "With how many threads this one's kernels share their rows from now on; with how many they did.");
  m.def(
      "lanes",
      [](int at_most) {
        require(at_most == 8 || at_most == 16 || at_most == 32, "lanes: 8, 16 or 32");
        return int(reach_at_most(Reach(at_most)));
      },
      nb::arg("at_most") = 32,
      "How many numbers products take at a time from now on, at most: 8, 16, or 32 of bfloat16.");
}

}  // namespace

void bind_learner(nb::module_& m) {
  bind_bell(m);
  bind_advantages(m);
  bind_choose(m);
  bind_tokens(m);
  bind_dense(m);
  bind_descent(m);
  bind_likelihood(m);
  bind_patches(m);
  bind_swift(m);
  bind_recurrence(m);
  m.def("keep_memory", &keep_memory, "Freed memory stays with the process; whether the machine can.");
}

}  // namespace coterie

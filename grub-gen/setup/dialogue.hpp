// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "grub-gen/setup/answers.hpp"
#include "grub-gen/setup/draft.hpp"
#include "grub-gen/setup/monitors.hpp"

namespace early_bind::setup {

/// Where the dialogue takes place: lines out, lines in.
class Console {
  public:
    Console() = default;
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;
    virtual ~Console() = default;

    /// Shows text as it is.
    virtual void show(const std::string& text) = 0;
    /// The next line of the input, without its end; nothing when there is none.
    [[nodiscard]] virtual std::optional<std::string> read_line() = 0;
};

/// How a question or the dialogue ended.
enum class End {
    answered,
    quit,         ///< by `q`
    input_ended,  ///< by Ctrl-D, or because the input has no more lines
};

/// Asks for one line until `take` accepts it, and shows why when it does not. An empty line is not
/// given to `take`: it means what is in the brackets.
[[nodiscard]] End ask(Console& console, const std::string& question, const std::string& brackets,
                      const std::function<Result<void>(const std::string&)>& take);

/// Asks for yes or no; an empty line means `value` as it was.
[[nodiscard]] End ask_yes(Console& console, const std::string& question, bool& value);

/// Makes a draft of answers; its errors are sentences about the newest of them.
using Drafter = std::function<Result<Draft>(const Answers&)>;

/// Asks for everything that `answers` does not have yet, with a short explanation each. `draft` is
/// the draft of `answers`, before and after.
[[nodiscard]] End ask_all(Console& console, const Monitors& monitors, const Drafter& drafter,
                          Answers& answers, Draft& draft);

}  // namespace early_bind::setup

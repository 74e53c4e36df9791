// SPDX-License-Identifier: MIT
#include "grub-gen/keep.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/pci/selector.hpp"
#include "core/text.hpp"

namespace early_bind {
namespace {

bool fits_name(std::string_view words, const std::string& name) {
    const auto lower_name = text::lower_case(name);
    const auto lower_words = text::lower_case(words);
    const auto all = text::split(lower_words, ' ');
    return std::all_of(all.begin(), all.end(), [&lower_name](std::string_view word) {
        return lower_name.find(word) != std::string::npos;
    });
}

std::string gpu_list(const Machine& machine, const std::vector<const pci::Gpu*>& gpus) {
    std::vector<std::string> words;
    words.reserve(gpus.size());
    for (const auto* gpu : gpus) {
        words.push_back(fmt::format("{} ({})", to_string(gpu->address), machine.gpu_name(*gpu)));
    }
    return words.empty() ? std::string("none") : text::join_words(words);
}

}  // namespace

Result<std::string> keep_argument(const Machine& machine, std::string_view selector) {
    const auto functions = pci::select(selector, machine.inventory);
    const auto words = text::trim(selector);
    std::vector<const pci::Gpu*> all;
    std::vector<const pci::Gpu*> matching;
    for (const auto& gpu : machine.gpus) {
        all.push_back(&gpu);
        const bool fits =
            functions ? std::any_of(functions->begin(), functions->end(),
                                    [&gpu](const pci::Address& address) {
                                        return std::binary_search(gpu.functions.begin(),
                                                                  gpu.functions.end(), address);
                                    })
                      : !words.empty() && fits_name(words, machine.gpu_name(gpu));
        if (fits) {
            matching.push_back(&gpu);
        }
    }
    const auto shown = text::printable(words.substr(0, 80));
    if (matching.empty()) {
        return fail(
            fmt::format("no GPU fits `{}`; the GPUs are {}", shown, gpu_list(machine, all)));
    }
    if (matching.size() > 1) {
        return fail(fmt::format("several GPUs fit `{}`, name one by its address: {}", shown,
                                gpu_list(machine, matching)));
    }
    const auto& gpu = *matching.front();
    const auto& location = machine.inventory.find(gpu.address)->identity.location;
    return fmt::format("early-bind.keep={}",
                       location.empty() ? to_string(gpu.address) : location.text());
}

}  // namespace early_bind

// SPDX-License-Identifier: MIT
#include "grub-gen/titles.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"

namespace early_bind {
namespace {

constexpr std::size_t kNameLimit = 56;  ///< bytes of one GPU's name

/// Columns of a title: GRUB's graphical menu has 128 at 1024 by 768 less its frame, and an older
/// kernel's name still has to go before the title.
constexpr std::size_t kTitleLimit = 100;

/// Cuts at a blank where there is one, never inside of a UTF-8 character.
std::string shorten(std::string_view name) {
    if (name.size() <= kNameLimit) {
        return std::string(name);
    }
    const auto blank = name.rfind(' ', kNameLimit);
    std::size_t end =
        blank != std::string_view::npos && blank > kNameLimit / 2 ? blank : kNameLimit;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) {
        --end;
    }
    return fmt::format("{}...", name.substr(0, end));
}

/// The name, with the address behind it when another GPU is called the same.
std::string name_of(const std::vector<TitleGpu>& gpus, std::size_t index) {
    const auto& gpu = gpus[index];
    const auto same = std::count_if(gpus.begin(), gpus.end(), [&gpu](const TitleGpu& other) {
        return shorten(other.name) == shorten(gpu.name);
    });
    const std::string name = gpu.name.empty() ? std::string("GPU") : shorten(gpu.name);
    return same > 1 || gpu.name.empty() ? fmt::format("{} at {}", name, gpu.address) : name;
}

std::vector<std::string> names_of(const std::vector<TitleGpu>& gpus,
                                  const std::vector<std::size_t>& indices) {
    std::vector<std::string> names;
    names.reserve(indices.size());
    for (const auto index : indices) {
        names.push_back(name_of(gpus, index));
    }
    return names;
}

std::string number_of_gpus(std::size_t count) {
    return fmt::format("{} GPU{}", count, count == 1 ? "" : "s");
}

/// The first form that fits, else the last.
std::string first_that_fits(const std::vector<std::string>& forms) {
    const auto fits = std::find_if(forms.begin(), forms.end(), [](const std::string& form) {
        return form.size() <= kTitleLimit;
    });
    return fits == forms.end() ? forms.back() : *fits;
}

}  // namespace

std::string profile_title(const std::vector<TitleGpu>& gpus, const std::vector<std::size_t>& keep,
                          const std::vector<std::size_t>& pass) {
    std::vector<std::size_t> displays;
    std::copy_if(keep.begin(), keep.end(), std::back_inserter(displays),
                 [&gpus](std::size_t index) { return !gpus[index].management; });
    const auto passed = fmt::format("{}", fmt::join(names_of(gpus, pass), ", "));
    if (!displays.empty()) {
        const auto kept = text::join_words(names_of(gpus, displays));
        return first_that_fits(
            {fmt::format("Host keeps {}; {} to VMs", kept, passed),
             fmt::format("Host keeps {}; {} to VMs", kept, number_of_gpus(pass.size()))});
    }
    if (!keep.empty()) {
        return first_that_fits({fmt::format("All GPUs to VMs, the host keeps {} (management)",
                                            text::join_words(names_of(gpus, keep))),
                                "All GPUs to VMs, the host keeps the management display"});
    }
    return first_that_fits(
        {fmt::format("All GPUs to VMs (the host will have no display): {}", passed),
         fmt::format("All {} to VMs (the host will have no display)",
                     number_of_gpus(pass.size()))});
}

}  // namespace early_bind

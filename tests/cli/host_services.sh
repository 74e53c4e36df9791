#!/bin/sh
# SPDX-License-Identifier: MIT
# early-bind services: drop-ins on request, and the marks that their conditions ask for.
# usage: host_services.sh EARLY_BIND_HOST GRUB_GEN
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
early_bind=$(absolute "$1")
grub_gen=$(absolute "$2")

# nvidia FIRST SECOND THIRD: the drivers of the machine's three cards.
nvidia() {
    rm -rf root/sys
    "$machines/mksysfs" "$machines/trx40-2xrtxa6000-quadrok420.json" root --force --driver "0000:41:00.0=$1" \
        --driver "0000:42:00.0=$2" --driver "0000:61:00.0=$3" >/dev/null || exit 1
}
mkdir -p root/var/lib root/run
nvidia nvidia vfio-pci vfio-pci
units=root/usr/lib/systemd/system
drop_ins=root/etc/systemd/system

expect_unchanged root 'nothing is installed' 0 \
    'No service is installed here that is known to hold a card; name one as UNIT=MAKER.' '' \
    "$early_bind" services --sysroot root
expect_unchanged root 'nothing is installed: nothing is written' 0 \
    'No service is installed here that is known to hold a card; name one as UNIT=MAKER.' '' \
    "$early_bind" services --run --sysroot root

mkdir -p "$units" "$drop_ins"
: >"$units/nvidia-persistenced.service"
: >"$drop_ins/ollama.service"
expect_unchanged root 'dry' 0 'nvidia-persistenced.service
    keeps every NVIDIA card open, and fails without one
    in this boot: as without us, an NVIDIA GPU is left to the host
    root/etc/systemd/system/nvidia-persistenced.service.d/early-bind.conf (to be written)' '' \
    "$early_bind" services --sysroot root
expect 'a known service' 0 'wrote root/etc/systemd/system/nvidia-persistenced.service.d/early-bind.conf' '' \
    "$early_bind" services --run --sysroot root
same_text 'the drop-in' '# Written by early-bind services, which takes it away again with --remove.
# The file is there in boots that pass every NVIDIA GPU to virtual machines.
[Unit]
ConditionPathExists=!/run/early-bind/passed/nvidia
After=early-bind-display.service' "$(cat "$drop_ins/nvidia-persistenced.service.d/early-bind.conf")"
expect_unchanged root 'again' 0 'root/etc/systemd/system/nvidia-persistenced.service.d/early-bind.conf is so' '' \
    "$early_bind" services --run --sysroot root
expect 'a service that the user names' 0 'wrote root/etc/systemd/system/ollama.service.d/early-bind.conf' '' \
    "$early_bind" services --run ollama=nvidia --sysroot root
check 'a card is left: no mark' [ ! -e root/run/early-bind/passed/nvidia ]

nvidia vfio-pci vfio-pci vfio-pci
expect 'the boot that passes all' 0 '' '' "$early_bind" services --mark --sysroot root
same_text 'its mark' 'Every NVIDIA GPU goes to virtual machines.' "$(cat root/run/early-bind/passed/nvidia)"
expect_unchanged root 'the boot that passes all, in words' 0 'ollama.service
    in this boot: off, no NVIDIA GPU is left to the host
    root/etc/systemd/system/ollama.service.d/early-bind.conf (is so)' '' \
    "$early_bind" services ollama=nvidia --sysroot root
expect_unchanged root 'as JSON' 0 '{
  "schema": 1,
  "passed": [
    "nvidia"
  ],
  "services": [
    {
      "unit": "ollama.service",
      "maker": "amd",
      "why": null,
      "path": "/etc/systemd/system/ollama.service.d/early-bind.conf",
      "state": "differs",
      "content": "# Written by early-bind services, which takes it away again with --remove.\n# The file is there in boots that pass every AMD GPU to virtual machines.\n[Unit]\nConditionPathExists=!/run/early-bind/passed/amd\nAfter=early-bind-display.service\n"
    }
  ]
}' '' "$early_bind" services --json ollama.service=amd --sysroot root
nvidia nvidia vfio-pci vfio-pci
expect 'the boot that keeps one' 0 '' '' "$early_bind" services --mark --sysroot root
check 'its mark is gone' [ ! -e root/run/early-bind/passed/nvidia ]

expect_unchanged root 'a service that is not known' 1 '' \
    'early-bind: cron.service is not known here; say whose GPU it needs, as in cron=nvidia' \
    "$early_bind" services --run cron --sysroot root
expect_unchanged root 'a service that is not there' 1 '' 'early-bind: cron.service is not installed here' \
    "$early_bind" services --run cron=amd --sysroot root
expect_unchanged root 'no drop-in' 1 '' 'early-bind: cron.service has no drop-in of ours' \
    "$early_bind" services --remove cron --sysroot root

expect 'one goes' 0 'removed root/etc/systemd/system/ollama.service.d/early-bind.conf' '' \
    "$early_bind" services --remove ollama --sysroot root
expect 'the others go' 0 'removed root/etc/systemd/system/nvidia-persistenced.service.d/early-bind.conf' '' \
    "$early_bind" services --remove --sysroot root
expect_unchanged root 'none is left' 0 'nothing to do' '' "$early_bind" services --remove --sysroot root
same_text 'only what was there is left' "$drop_ins/ollama.service" "$(find "$drop_ins" -mindepth 1)"

nvidia vfio-pci vfio-pci vfio-pci
"$early_bind" services --run --sysroot root >/dev/null || fail 'before uninstall'
expect 'uninstall' 0 '' 'grub-gen: removed root/run/early-bind/passed/nvidia
grub-gen: removed root/run/early-bind/passed
grub-gen: removed root/etc/systemd/system/nvidia-persistenced.service.d/early-bind.conf
grub-gen: nothing was applied here, there is nothing to undo' "$grub_gen" uninstall --sysroot root
finish

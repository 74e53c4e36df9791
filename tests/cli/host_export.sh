#!/bin/sh
# SPDX-License-Identifier: MIT
# early-bind export: a described VM for libvirt, QEMU and Proxmox, held against virsh and QEMU themselves.
# usage: host_export.sh EARLY_BIND_HOST
# shellcheck disable=SC2016 # the backquotes in messages are no commands
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
host=$(absolute "$1")

# A machine of eight cores with two threads, of which the second card's profile takes four.
lay_out root
mkdir -p root/etc/early-bind
python3 - root/proc <<'END'
import pathlib, sys
proc = pathlib.Path(sys.argv[1])
cpus = proc.parent / "sys/devices/system/cpu"
for cpu in range(16):
    topology = cpus / f"cpu{cpu}/topology"
    topology.mkdir(parents=True)
    (topology / "thread_siblings_list").write_text(f"{cpu % 8},{cpu % 8 + 8}\n")
(cpus / "online").write_text("0-15\n")
(proc / "meminfo").write_text("MemTotal: 33554432 kB\n")
(proc / "cpuinfo").write_text("processor : 0\nflags : pse pdpe1gb topoext\n")
END
config=root/etc/early-bind/early-bind.toml
cat >"$config" <<'END'
[rom]
"radeon 6800" = "/usr/share/vgabios/navi.rom"
[profile.keep-amd-67df]
memory = "8G"
cpus = "6-7,14-15"
END
passed='--profile keep-amd-67df --sysroot root'
elsewhere='early-bind: warning: 0000:0b:00.0, 0000:0b:00.1, 0000:0b:00.2 and 0000:0b:00.3 are not on vfio-pci in this boot; boot the profile keep-amd-67df before the VM is started'
card='-device pcie-root-port,id=early-bind-0,bus=pcie.0,chassis=101,slot=101 \
-device vfio-pci,host=0000:0b:00.0,bus=early-bind-0,addr=00.0,multifunction=on,romfile=/usr/share/vgabios/navi.rom \
-device vfio-pci,host=0000:0b:00.1,bus=early-bind-0,addr=00.1 \
-device vfio-pci,host=0000:0b:00.2,bus=early-bind-0,addr=00.2 \
-device vfio-pci,host=0000:0b:00.3,bus=early-bind-0,addr=00.3'
arguments="-name debug-threads=on \\
-cpu host,topoext=on \\
-smp cpus=4,sockets=1,cores=2,threads=2 \\
-m 8192M \\
-object memory-backend-memfd,id=early-bind-ram,size=8192M,hugetlb=on,hugetlbsize=1G,prealloc=on,share=on \\
-machine memory-backend=early-bind-ram \\
$card"

# shellcheck disable=SC2086 # words
{
    expect_unchanged root 'qemu: a profile that is not booted' 0 "$arguments" "$elsewhere" \
        "$host" export qemu $passed
    expect 'qemu: a part of it' 0 "-name debug-threads=on \\
-smp cpus=2,sockets=1,cores=2,threads=1 \\
-m 2048M \\
-object memory-backend-memfd,id=early-bind-ram,size=2048M,hugetlb=on,hugetlbsize=1G,prealloc=on,share=on \\
-machine memory-backend=early-bind-ram \\
$card" "$elsewhere" "$host" export qemu $passed --memory 2G --cpus 6-7
    expect 'libvirt: no such profile' 1 '' \
        'early-bind: there is no profile `keep-amd-67d`; did you mean `keep-amd-67df`?' \
        "$host" export libvirt --profile keep-amd-67d --sysroot root
    expect 'a device that is not passed' 1 '' \
        'early-bind: 0000:0c:00.0 and 0000:0c:00.1 are not for VMs with the profile keep-amd-67df, only 0000:0b:00.0, 0000:0b:00.1, 0000:0b:00.2 and 0000:0b:00.3 are' \
        "$host" export qemu $passed --device 0c:00.1
    expect 'more memory than there is' 1 '' \
        'early-bind: --memory takes a part of the 8192 MiB of huge pages that the profile keep-amd-67df sets aside, in steps of 1024 MiB' \
        "$host" export qemu $passed --memory 9G
    expect 'more vCPUs than CPUs' 1 '' \
        'early-bind: --vcpus 5 is more than the 4 CPUs that there are for the VM (6-7,14-15)' \
        "$host" export qemu $passed --vcpus 5
    expect 'CPUs that are not there' 1 '' \
        'early-bind: --cpus has 16, and this machine has the CPUs 0-15' \
        "$host" export qemu $passed --cpus 15-16
    expect 'a ROM of nothing' 1 '' \
        'early-bind: no device is in the slot `99:00`; `early-bind groups` lists what is there' \
        "$host" export qemu $passed --rom 99:00=/a.rom
    expect 'a ROM of a card that stays' 1 '' \
        'early-bind: --rom 0c:00: the VM does not get 0000:0c:00.0, only 0000:0b:00.0, 0000:0b:00.1, 0000:0b:00.2 and 0000:0b:00.3' \
        "$host" export qemu $passed --rom 0c:00=/a.rom
    expect 'a domain without memory' 1 '' \
        "$(printf '%s\n%s' "$(echo "$elsewhere" | sed 's/0b:00/0c:00/g; s/0c:00.1, .* and 0000:0c:00.3/and/; s/0000:0c:00.0, 0000:and/0000:0c:00.0 and 0000:0c:00.1/; s/67df before/73bf before/')" 'early-bind: a whole domain needs memory and CPUs, and no profile says them: give --memory and --vcpus')" \
        "$host" export libvirt --profile keep-amd-73bf --sysroot root --domain a
}

# misused WHAT MESSAGE WORD...: exit status 2.
misused() {
    misused_what=$1 misused_message=$2
    shift 2
    expect "$misused_what" 2 '' "early-bind: $misused_message" "$host" export "$@" --sysroot root
}
see='; see early-bind --help'
misused 'no form' "A subcommand is required$see"
misused 'a ROM without a file' '--rom takes a device and a whole path, such as 01:00.0=/usr/share/vgabios/card.rom, and not `0b:00.0`' \
    qemu --rom 0b:00.0
misused 'a ROM file that is no whole path' '--rom takes a device and a whole path, such as 01:00.0=/usr/share/vgabios/card.rom, and not `0b:00.0=a.rom`' \
    qemu --rom 0b:00.0=a.rom
misused 'no size' '--memory takes a size, such as 8G or 1536M, and not `8`' qemu --memory 8
misused 'no list' '--cpus takes a list of CPUs, such as 4-7,12-15, and not `a`' qemu --cpus a
misused 'no vCPUs' "--vcpus: Value 0 not in range 1 to 4096$see" qemu --vcpus 0
misused 'a vendor with a comma' '--vendor-id takes 1 to 12 letters and digits, and not `a,b`' qemu --vendor-id a,b
misused 'an odd shared memory' '--looking-glass takes MiB that are a power of two up to 1024, or a picture such as 2560x1440, and not `48`' \
    libvirt --looking-glass 48
misused 'an accelerator without a machine' "--accel requires --machine$see" qemu --accel tcg
misused 'a run of nothing' "--run requires --pin$see" qemu --run
misused 'pinning below a root' '--run pins in the running system only; leave --sysroot out' qemu --pin 1 --run
misused 'a name that is none' '--domain takes a name of letters, digits, `.`, `_`, `+` and `-` that begins with a letter or digit' \
    libvirt --domain 'a b'
misused 'no number of a VM' 'the number of the VM is missing: --vm 100; or --mapping alone' proxmox
misused 'no node' '--mapping takes the name of this node: --node NAME' proxmox --mapping
expect 'nothing is passed in this boot' 1 '' \
    'early-bind: no device is on vfio-pci in this boot; boot a layout that passes some, or name one with --profile' \
    "$host" export qemu --sysroot root
printf '[rom]\n"99:00.0" = "/a.rom"\n' >"$config.bad"
mv "$config" "$config.good" && mv "$config.bad" "$config"
expect 'a ROM in the configuration for a card that is gone' 1 '' \
    "early-bind: $config: line 2, column 1: no function matches \`99:00.0\`; \`grub-gen scan\` lists them" \
    "$host" export qemu --sysroot root
mv "$config.good" "$config"

# The boot of that profile: what is on vfio-pci now is what the profile passes.
lay_out booted --cmdline 'quiet early-bind.profile=keep-amd-67df' --driver 0000:0b:00.0=vfio-pci \
    --driver 0000:0b:00.1=vfio-pci --driver 0000:0b:00.2=vfio-pci --driver 0000:0b:00.3=vfio-pci
cp -r root/etc booted/
cp root/proc/meminfo root/proc/cpuinfo booted/proc/
mkdir -p booted/sys/devices/system
cp -r root/sys/devices/system/cpu booted/sys/devices/system/
expect 'qemu: what is there now' 0 "$arguments" '' "$host" export qemu --sysroot booted
expect 'qemu: the profile of this boot' 0 "$arguments" '' \
    "$host" export qemu --sysroot booted --profile keep-amd-67df
expect 'proxmox' 0 "install -m 644 /usr/share/vgabios/navi.rom /usr/share/kvm/
# pcie=1 needs it
qm set 100 --machine q35
# AMD Radeon RX 6800/6800 XT / 6900 XT
qm set 100 --hostpci0 host=0000:0b:00,pcie=1,romfile=navi.rom
qm set 100 --memory 8192
# memory of a VM with passed devices stays where it is
qm set 100 --balloon 0
qm set 100 --hugepages 1024
# without it Proxmox gives the boot's huge pages back when the VM ends
qm set 100 --keephugepages 1
# huge pages need it
qm set 100 --numa 1
qm set 100 --sockets 1
qm set 100 --cores 2
qm set 100 --affinity 4-5" '' "$host" export proxmox --vm 100 --cpus 4-5 --sysroot booted
expect 'proxmox: mappings' 0 "$(printf 'gpu-1002-73bf\n\tdescription AMD Radeon RX 6800/6800 XT / 6900 XT\n\tmap id=1002:73bf,iommugroup=26,node=pve,path=0000:0b:00,subsystem-id=0000:0000')" '' \
    "$host" export proxmox --mapping --node pve --sysroot booted

# The vCPUs of a running QEMU.
mkdir -p booted/proc/4711/task/4711 booted/proc/4711/task/4714 booted/proc/4711/task/4715
echo qemu-system-x86 >booted/proc/4711/task/4711/comm
echo 'CPU 1/KVM' >booted/proc/4711/task/4714/comm
echo 'CPU 0/KVM' >booted/proc/4711/task/4715/comm
expect 'pin' 0 'taskset --pid --cpu-list 6 4715  # vCPU 0
taskset --pid --cpu-list 14 4714  # vCPU 1' 'early-bind: dry run: nothing was changed; --run pins them' \
    "$host" export qemu --pin 4711 --sysroot booted
expect 'pin: no such process' 1 '' 'early-bind: there is no process 4712; give the id of a running QEMU' \
    "$host" export qemu --pin 4712 --sysroot booted

# libvirt's own word, where it is there: the schema for the fragments, its test driver for a whole domain.
"$host" export libvirt --sysroot booted --domain games --hide-kvm --vendor-id abc --looking-glass 64 --scream >whole.xml
"$host" export libvirt --sysroot booted --hide-kvm --vendor-id abc --looking-glass 64 --scream >part.xml
{
    echo "<domain type='kvm'><name>a</name><os><type arch='x86_64' machine='q35'>hvm</type></os>"
    cat part.xml
    echo '</domain>'
} >around.xml
tools=
if command -v virsh >/dev/null && command -v virt-xml-validate >/dev/null; then
    check 'libvirt takes the whole domain' virsh -q -c test:///default define --validate whole.xml
    check "libvirt's schema takes the fragments" virt-xml-validate around.xml domain
    sed -i 's/managed=/manged=/' around.xml
    virt-xml-validate around.xml domain >/dev/null 2>&1
    check "libvirt's schema does not take everything" [ $? -ne 0 ]
else
    tools='no virsh and virt-xml-validate to try the XML with'
fi

# QEMU's own word: all but the devices, which are not there, on pages that are there.
if command -v qemu-system-x86_64 >/dev/null; then
    "$host" export qemu --sysroot booted --machine --accel tcg --memory 1G --vcpus 2 \
        --looking-glass 1 >arguments.txt
    sed -i '/^-device vfio-pci/d; s/,hugetlb=on,hugetlbsize=1G,prealloc=on//; s/size=1024M/size=64M/; s/^-m 1024M/-m 64M/
        s|/dev/shm/looking-glass|'"$scratch"'/looking-glass|' arguments.txt
    eval "printf '{\"execute\": \"qmp_capabilities\"} {\"execute\": \"quit\"}' |
        timeout 60 qemu-system-x86_64 -S -qmp stdio $(cat arguments.txt)" >qemu.txt 2>&1
    check 'QEMU takes the arguments' [ $? -eq 0 ]
    check 'QEMU came up with them' grep -q SHUTDOWN qemu.txt
    for function in 0 1 2 3; do
        "$host" export qemu --sysroot booted | sed -n "/addr=00.$function/s/ \\\\\$//p"
    done >devices.txt
    # shellcheck disable=SC2046 # words
    timeout 60 qemu-system-x86_64 -S -M q35,accel=tcg -nodefaults -display none \
        -device pcie-root-port,id=early-bind-0 $(cat devices.txt) >qemu.txt 2>&1
    check 'QEMU misses nothing but the device' grep -q '0000:0b:00.0: no such host device' qemu.txt
    [ "$failures" -eq 0 ] || cat qemu.txt
else
    tools="$tools${tools:+, }no qemu-system-x86_64 to try the arguments with"
fi
[ -z "$tools" ] || [ "$failures" -ne 0 ] || skip "$tools; all else passed"
finish

# Read by scripts that test on another machine, $machine, by a cross compiler and an emulator: the test is skipped where one of
# the two is missing.

for tool in "$machine-linux-gnu-gcc" "qemu-$machine"; do
    if ! command -v "$tool" >/dev/null; then
        case $machine in aarch64) library=arm64 ;; *) library=$machine ;; esac
        echo "skipped: no $tool (gcc-$machine-linux-gnu, libc6-dev-$library-cross, qemu-user)"
        exit 77
    fi
done

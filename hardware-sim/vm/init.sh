#!/bin/busybox sh
# The guest's first process: loads the modules, puts the host's root under a
# layer in memory, runs /job in it and reports to the host through a port:
# "up", then "exit CODE".
/bin/busybox --install -s /bin
export PATH=/bin

lost() {
  echo "init: $*"
  poweroff -f
}

share() { # TAG PLACE OPTIONS
  mount -t 9p -o "trans=virtio,version=9p2000.L,msize=262144,$3" "$1" "$2" || lost "no folder $1 for $2"
}

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
while read -r module; do
  insmod "/modules/$module" || lost "no module $module"
done </modules/order

share host /host ro,cache=loose
mount -t tmpfs -o size=70% layer /layer
mkdir /layer/written /layer/work
mount -t overlay -o lowerdir=/host,upperdir=/layer/written,workdir=/layer/work root /system || lost "no layer over the host's root"
for place in proc sys dev; do
  mount --move "/$place" "/system/$place"
done
ln -s /proc/self/fd /system/dev/fd
ln -s /proc/self/fd/0 /system/dev/stdin
ln -s /proc/self/fd/1 /system/dev/stdout
ln -s /proc/self/fd/2 /system/dev/stderr
mkdir -p /system/dev/pts /system/dev/shm
mount -t devpts pts /system/dev/pts
mount -t tmpfs shm /system/dev/shm
mount -t tmpfs run /system/run
number=0
while read -r folder; do
  share "share$number" "/system$folder" cache=mmap
  number=$((number + 1))
done </shares

ip link set lo up
hostname canvm
for port in /system/sys/class/virtio-ports/*; do
  read -r name <"$port/name"
  eval "$name=/system/dev/${port##*/}"
done
[ -c "$out" ] && [ -c "$err" ] && [ -c "$report" ] || lost "no ports to the host"
exec 3>"$report"
echo up >&3
/bin/busybox sh /job </system/dev/null >"$out" 2>"$err" 3>&-
echo "exit $?" >&3
poweroff -f

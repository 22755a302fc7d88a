mkdir -p root/bin root/dev root/modules root/proc root/sys root/sysroot
cp "$busybox/bin/busybox" root/bin/busybox
for applet in sh basename cat dirname grep insmod ln mkdir mount readlink sleep switch_root umount; do
  ln -s busybox "root/bin/$applet"
done
cp "$init" root/init
cp "$fstab" root/fstab
chmod +x root/init

# A module's dependencies, the ones it needs first, are its line in modules.dep read backwards.
list() {
  for module in $modules; do
    dep=$(grep -E "/$module\.ko:" "$kernel"/lib/modules/*/modules.dep) || continue
    for file in $(echo "$dep" | tr -d :); do echo "$file"; done | tac
  done | awk '!seen[$0]++'
}
for file in $(list); do
  cp "$kernel"/lib/modules/*/"$file" root/modules/
  basename "$file"
done > root/modules/order

mkdir "$out"
(cd root && find . | cpio -o -H newc) | gzip > "$out/initrd"

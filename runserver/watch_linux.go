package runserver

import "golang.org/x/sys/unix"

// silentFileSystem names the file system that dir is on, if changes made on its
// other side are no events here: those of Docker and WSL mounts, and of networks.
func silentFileSystem(dir string) string {
	const vboxsf = 0x786f4256
	var at unix.Statfs_t
	if unix.Statfs(dir, &at) != nil {
		return ""
	}
	switch uint32(at.Type) { //nolint:unconvert,gosec // of different types on different machines
	case unix.V9FS_MAGIC:
		return "9p"
	case unix.NFS_SUPER_MAGIC:
		return "NFS"
	case unix.FUSE_SUPER_MAGIC:
		return "FUSE"
	case unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC:
		return "SMB"
	case unix.CEPH_SUPER_MAGIC:
		return "Ceph"
	case vboxsf:
		return "vboxsf"
	}
	return ""
}

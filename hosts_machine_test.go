//go:build linux

// A machine in which the pages of deploy/ can be followed to the letter: this Debian, booted once more by
// systemd-nspawn. What it writes is gone with it, its network is its own where wanted, and nothing of the
// machine that runs the tests is touched: not its services, not /etc, not its ports.
package main

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// machineNeeds are the commands for one.
var machineNeeds = []string{"systemd-nspawn", "nsenter", "unshare", "curl", "openssl"}

// bootScript makes a copy-on-write copy of / in mounts of its own, with no service enabled but what systemd
// needs, and boots it. $1 is an empty directory, $2 the name of a cgroup to make, the rest are arguments of systemd-nspawn.
const bootScript = `set -e
dir=$1 cgroup=$2; shift 2
enter() { if [ -e "$1/cgroup.procs" ]; then mkdir "$1/$cgroup"; echo $$ >"$1/$cgroup/cgroup.procs"; fi; }
while IFS=: read -r _ hierarchy path; do # or machines would take each other's services for theirs
	case $hierarchy in
	'') enter "/sys/fs/cgroup$path"; enter "/sys/fs/cgroup/unified$path" ;;
	name=systemd) enter "/sys/fs/cgroup/systemd$path" ;;
	esac
done </proc/self/cgroup
mount --make-rprivate /
mount -t tmpfs tmpfs /run # where systemd-nspawn has its own files
mount -t tmpfs tmpfs "$dir"
mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
rm -rf "$dir"/root/etc/systemd/system/*.wants
systemd-id128 new >"$dir/root/etc/machine-id"
echo '127.0.0.1 localhost example.com blog.example.com' >"$dir/root/etc/hosts"
exec systemd-nspawn --quiet --directory="$dir/root" --register=no --keep-unit --console=pipe --notify-ready=yes --boot "$@" systemd.unit=multi-user.target`

// A machine runs what a page says in /srv/mysite, the directory of the project.
type machine struct{ leader string }

// whyNoMachine says why this machine can't boot another; "" means that it can.
func whyNoMachine() string {
	if os.Geteuid() != 0 {
		return "only root can boot a machine"
	}
	if out, err := exec.Command("unshare", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/mnt").CombinedOutput(); err != nil {
		return "no machine can be booted here: " + strings.TrimSpace(string(out))
	}
	return ""
}

// newMachine is a project with add-ons in a machine that has a network of its own, or no test.
func newMachine(t *testing.T, addons ...string) (*hostedProject, *machine) {
	t.Helper()
	needCommands(t, machineNeeds...)
	if why := whyNoMachine(); why != "" {
		t.Skip(why)
	}
	t.Parallel()
	p := newHostedProject(t, addons...)
	return p, bootMachine(t, p, "--private-network")
}

// bootMachine boots a machine that lives as long as the test.
func bootMachine(t *testing.T, p *hostedProject, args ...string) *machine {
	t.Helper()
	ready, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(p.run, "ready"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ready.Close() }()
	cgroup := "gostart-" + filepath.Base(p.run)
	t.Cleanup(func() {
		_ = exec.Command("find", "/sys/fs/cgroup", "-depth", "-path", "*/"+cgroup+"*", "-type", "d", "-exec", "rmdir", "{}", ";").Run()
	})
	script := []string{"--mount", "sh", "-c", bootScript, "boot", t.TempDir(), cgroup, "--bind=" + p.dir + ":/srv/mysite"}
	cmd := exec.Command("unshare", append(script, args...)...)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+filepath.Join(p.run, "ready"))
	ended := runServer(t, cmd)

	m := &machine{}
	up := make(chan error, 1)
	go func() {
		leader := regexp.MustCompile(`(?m)^X_NSPAWN_LEADER_PID=(\d+)$`)
		for message := make([]byte, 4096); ; {
			n, err := ready.Read(message)
			if found := leader.FindSubmatch(message[:n]); found != nil {
				m.leader = string(found[1])
			}
			if err != nil || regexp.MustCompile(`(?m)^READY=1$`).Match(message[:n]) {
				up <- err
				return
			}
		}
	}()
	select {
	case err = <-up:
	case err = <-ended:
		ended <- err
		err = errors.Join(errors.New("it ended"), err)
	case <-time.After(patience):
		err = errors.New("it is not ready in time")
	}
	if err != nil || m.leader == "" {
		t.Fatalf("booting a machine: %v", err)
	}
	return m
}

// path is the machine's path as other processes reach it.
func (m *machine) path(path string) string { return filepath.Join("/proc", m.leader, "root", path) }

// sh runs a script in the machine, and gives what it printed.
func (m *machine) sh(t *testing.T, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "nsenter", "--target="+m.leader, "--mount", "--uts", "--ipc", "--net", "--pid", "--root",
		"bash", "-ec", "cd /srv/mysite; sudo() { \"$@\"; }\n"+script)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s\n%s", err, script, out)
	}
	return string(out)
}

// follow runs the commands of a page, which are its indented lines, and gives what they printed. Each paragraph
// of them is a script of its own, as if it were pasted.
func (m *machine) follow(t *testing.T, page, prelude string) string {
	t.Helper()
	text, err := os.ReadFile(m.path(filepath.Join("/srv/mysite", page)))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	scripts := regexp.MustCompile(`(?m)(^    .*\n)+`).FindAllString(string(text), -1)
	if len(scripts) == 0 {
		t.Fatalf("%s has no commands", page)
	}
	for _, script := range scripts {
		out.WriteString(m.sh(t, prelude+"\nset -x\n"+script))
	}
	return out.String()
}

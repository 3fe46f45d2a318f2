package control

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/windows"
)

// modesMatter is false: the temporary directory is the user's own, and the files in it have its rights.
const modesMatter = false

func ownerUID(fs.FileInfo) (uid int, known bool) { return 0, false }

func inUse(err error) bool { return errors.Is(err, windows.WSAEADDRINUSE) }

func refused(err error) bool { return errors.Is(err, windows.WSAECONNREFUSED) }

// alive says whether there is a process of this number.
func alive(pid int) bool {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return errors.Is(err, windows.ERROR_ACCESS_DENIED)
	}
	defer windows.CloseHandle(h)
	var code uint32
	const stillActive = 259
	return windows.GetExitCodeProcess(h, &code) != nil || code == stillActive
}

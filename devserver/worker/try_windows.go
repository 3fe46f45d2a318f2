package worker

// Sockets on Windows are written through overlapped calls, which the net package alone can make.
const canTry = false

func tryWrite(uintptr, []byte) (int, error) { return 0, nil }

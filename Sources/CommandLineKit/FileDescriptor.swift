// The system calls behind `TextSink` and `Console`; the only unsafe code of the module.

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

struct WriteError: Error {
  let code: Int32

  var isClosedPipe: Bool { code == EPIPE }

  var reason: String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
  }
}

/// Writes every byte, through interruptions and descriptors set to non-blocking by their owner.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(WriteError) {
  var start = 0
  while start < bytes.count {
    let written = unsafe bytes.withUnsafeBytes { buffer in
      let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[start...])
      return unsafe write(descriptor, rest.baseAddress, rest.count)
    }
    if written >= 0 {
      start += written
    } else if errno == EAGAIN {
      waitUntilWritable(descriptor)
    } else if errno != EINTR {
      throw WriteError(code: errno)
    }
  }
}

private func waitUntilWritable(_ descriptor: Int32) {
  var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
  _ = unsafe poll(&request, 1, -1)
}

func ignoreBrokenPipes() {
  _ = signal(SIGPIPE, SIG_IGN)
}

func isTerminal(_ descriptor: Int32) -> Bool {
  isatty(descriptor) == 1
}

/// Whether `TERM` says that the terminal knows no escape sequences.
func isDumbTerminal() -> Bool {
  guard let name = unsafe getenv("TERM") else { return false }
  return unsafe String(cString: name) == "dumb"
}

/// Whether `NO_COLOR` holds anything.
func forbidsColors() -> Bool {
  guard let text = unsafe getenv("NO_COLOR") else { return false }
  return unsafe text[0] != 0
}

/// `COLUMNS` if it holds a sensible number, else what the terminal on standard output says.
func terminalWidth() -> Int? {
  if let text = unsafe getenv("COLUMNS"), let columns = unsafe Int(String(cString: text)),
    (20...10_000).contains(columns)
  {
    return columns
  }
  var size = winsize()
  let status = unsafe withUnsafeMutablePointer(to: &size) { pointer in
    unsafe ioctl(1, UInt(TIOCGWINSZ), UnsafeMutableRawPointer(pointer))
  }
  return status == 0 && size.ws_col >= 20 ? Int(size.ws_col) : nil
}

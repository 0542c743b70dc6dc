package thing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;

/** A way to MySQL that loses the answer to a statement: the server has done it, and the client does not hear of it. */
final class LostAnswer implements AutoCloseable {
  private static final int COMMAND = 4; // behind the length and the number of a packet of MySQL
  private static final int QUERY = 0x03;
  private static final int EXECUTE = 0x17;

  private final URI server;
  private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private volatile boolean armed;

  private LostAnswer(String url) throws IOException {
    server = URI.create(url);
    start(this::accept);
  }

  /** To the database that tests have to themselves; skips where there is no server. */
  static LostAnswer make() throws IOException {
    return new LostAnswer(Databases.urlOf("mysql"));
  }

  String url() {
    return server.toString().replaceFirst("@[^/]*", "@127.0.0.1:" + door.getLocalPort());
  }

  /** The next statement is the one. */
  void arm() {
    armed = true;
  }

  private static void start(Runnable body) {
    Thread thread = new Thread(body);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = door.accept();
        Socket there = new Socket(server.getHost(), server.getPort());
        boolean[] cut = new boolean[1];
        start(() -> pass(client, there, cut));
        start(() -> passBack(there, client, cut));
      }
    } catch (IOException e) {
      // it is closed
    }
  }

  private void pass(Socket client, Socket there, boolean[] cut) {
    relay(client, there, (bytes, n) -> {
      boolean runs = armed && n > COMMAND && (bytes[COMMAND] == QUERY || bytes[COMMAND] == EXECUTE);
      synchronized (cut) {
        cut[0] |= runs;
      }
      armed &= !runs;
      return true;
    });
  }

  private void passBack(Socket there, Socket client, boolean[] cut) {
    relay(there, client, (bytes, n) -> {
      synchronized (cut) {
        return !cut[0];
      }
    });
  }

  /** What is asked of bytes on their way: whether they pass. */
  private interface Gate {
    boolean lets(byte[] bytes, int n);
  }

  private static void relay(Socket from, Socket to, Gate gate) {
    byte[] bytes = new byte[1 << 16];
    try (from; to; InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
      for (int n = in.read(bytes); n > 0 && gate.lets(bytes, n); n = in.read(bytes)) {
        out.write(bytes, 0, n);
      }
    } catch (IOException e) {
      // one of the two is gone
    }
  }

  @Override
  public void close() {
    try {
      door.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

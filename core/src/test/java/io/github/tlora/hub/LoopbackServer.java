package io.github.tlora.hub;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** An HTTP server on the loopback that does as it is told, also what no honest one would. */
final class LoopbackServer implements AutoCloseable {
  private final ServerSocket socket;
  private final Function<Request, Reply> handler;
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  /**
   * @param headers by their names in lower case
   */
  record Request(String target, Map<String, String> headers) {
    String path() {
      return target.replaceFirst("\\?.*", "");
    }

    /** Where a range begins; 0 without one. */
    int from() {
      String range = headers.getOrDefault("range", "bytes=0-");
      return Integer.parseInt(range.replaceAll("bytes=|-", ""));
    }
  }

  /**
   * @param claimed what Content-Length says; negative leaves it out
   * @param sent bytes of the body that are sent before the connection is closed
   * @param hangs whether the connection stays open without a byte instead
   */
  record Reply(
      int status, Map<String, String> headers, byte[] body, long claimed, int sent, boolean hangs) {
    static Reply of(int status, byte[] body) {
      return new Reply(status, Map.of(), body, body.length, body.length, false);
    }

    static Reply of(int status, String body) {
      return of(status, body.getBytes(StandardCharsets.UTF_8));
    }

    Reply with(String name, String value) {
      Map<String, String> more = new HashMap<>(headers);
      more.put(name, value);
      return new Reply(status, more, body, claimed, sent, hangs);
    }

    Reply claiming(long length) {
      return new Reply(status, headers, body, length, sent, hangs);
    }

    Reply cutAfter(int bytes) {
      return new Reply(status, headers, body, claimed, Math.min(bytes, body.length), hangs);
    }

    Reply hanging() {
      return new Reply(status, headers, body, claimed, sent, true);
    }
  }

  LoopbackServer(Function<Request, Reply> handler) {
    this.handler = handler;
    try {
      socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::accept);
  }

  /** All of {@code content}, or what a range asks for. */
  static Reply ranged(Request request, byte[] content) {
    int from = request.from();
    if (!request.headers().containsKey("range")) {
      return Reply.of(200, content);
    }
    if (from >= content.length) {
      return Reply.of(416, "").with("Content-Range", "bytes */" + content.length);
    }
    return Reply.of(206, Arrays.copyOfRange(content, from, content.length))
        .with("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + socket.getLocalPort());
  }

  /** What was asked so far. */
  List<Request> requests() {
    return requests;
  }

  List<Request> requests(String path) {
    return requests.stream().filter(request -> request.path().equals(path)).toList();
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "loopback");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        start(() -> serve(connection));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
      String first = lines.readLine();
      if (first == null) {
        return;
      }
      Map<String, String> headers = new HashMap<>();
      for (String line = lines.readLine(); !line.isEmpty(); line = lines.readLine()) {
        String[] parts = line.split(":", 2);
        headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1].strip());
      }
      Request request = new Request(first.split(" ", 3)[1], headers);
      requests.add(request);
      answer(connection, handler.apply(request));
    } catch (IOException e) {
      // the other side hung up, as a test may want it
    }
  }

  private void answer(Socket connection, Reply reply) throws IOException {
    OutputStream out = connection.getOutputStream();
    StringBuilder head = new StringBuilder("HTTP/1.1 " + reply.status() + " X\r\n");
    reply.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    if (reply.claimed() >= 0) {
      head.append("Content-Length: " + reply.claimed() + "\r\n");
    }
    head.append("Connection: close\r\n\r\n");
    out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    out.write(reply.body(), 0, reply.sent());
    out.flush();
    if (reply.sent() < reply.claimed() && !reply.hangs()) {
      pause(); // Java's client drops what it has not handed on when the connection ends early
    }
    if (reply.hangs()) {
      connection.getInputStream().read(); // until the other side closes
    }
  }

  private static void pause() {
    try {
      Thread.sleep(200);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

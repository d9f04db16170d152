package io.github.tlora.hub;

import io.github.tlora.UserError;
import io.github.tlora.Version;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Authenticator;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Asks servers, and directories that stand for one, for files. */
final class Web {
  private static final int MOST_REDIRECTS = 10;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Set<Integer> BUSY = Set.of(408, 429, 500, 502, 503, 504);

  private final Sources sources;
  private final Patience patience;
  private final HttpClient client;
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(Web::daemon);
  private volatile boolean reached;

  Web(Sources sources, Patience patience) {
    this.sources = sources;
    this.patience = patience;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1) // one connection a file
            .followRedirects(HttpClient.Redirect.NEVER) // Java's would hand on the token
            .connectTimeout(patience.connect())
            .executor(Executors.newCachedThreadPool(Web::daemon))
            .proxy(sources.proxies());
    Authenticator authenticator = sources.proxies().authenticator();
    this.client = (authenticator == null ? builder : builder.authenticator(authenticator)).build();
  }

  /** A thread that does not keep the process alive. */
  static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "fetch");
    thread.setDaemon(true);
    return thread;
  }

  /** Whether any server has answered. */
  boolean wasReached() {
    return reached;
  }

  /**
   * The answer of {@code uri}, redirects followed. The token goes to the hub alone.
   *
   * @param headers of the request
   * @throws Busy when the server asks to come later
   * @throws UserError exit 3 for an endless or unsafe redirect
   */
  Answer get(URI uri, Map<String, String> headers) throws IOException, InterruptedException {
    if ("file".equals(uri.getScheme())) {
      return local(uri);
    }
    URI next = uri;
    for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
      Answer answer = ask(next, headers);
      String location = answer.header("location").orElse(null);
      if (!REDIRECTS.contains(answer.status()) || location == null) {
        return answer;
      }
      answer.close();
      URI target = resolve(next, location);
      if (!"https".equals(target.getScheme())
          && !("http".equals(target.getScheme()) && "http".equals(next.getScheme()))) {
        throw UserError.file(
            uri + ": is redirected to " + shown(target) + ", which is not safe. Nothing was taken");
      }
      next = target;
    }
    throw UserError.file(uri + ": is redirected more than " + MOST_REDIRECTS + " times");
  }

  private static URI resolve(URI from, String location) throws IOException {
    try {
      return from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new IOException("the server redirects to what is no address", e);
    }
  }

  /** Without its query, in which signed addresses have their secrets. */
  private static String shown(URI uri) {
    return uri.getScheme() + "://" + uri.getAuthority() + uri.getPath();
  }

  private Answer ask(URI uri, Map<String, String> headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(patience.stall())
            .header("User-Agent", "tlora/" + Version.current());
    headers.forEach(request::header);
    if (sources.token() != null && isHub(uri)) {
      request.header("Authorization", "Bearer " + sources.token());
    }
    HttpResponse<InputStream> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    reached = true;
    if (BUSY.contains(response.statusCode())) {
      response.body().close();
      throw new Busy(
          response.statusCode(),
          response.headers().firstValue("retry-after").map(Web::wait).orElse(null));
    }
    return new Answer(
        uri,
        response.statusCode(),
        name -> response.headers().firstValue(name).orElse(null),
        new Watched(response.body()));
  }

  private boolean isHub(URI uri) {
    URI hub = sources.endpoint();
    return hub.getScheme().equals(uri.getScheme())
        && hub.getHost().equalsIgnoreCase(uri.getHost())
        && hub.getPort() == uri.getPort();
  }

  /** Seconds, or a date; null where it is neither. */
  private static Duration wait(String retryAfter) {
    try {
      return retryAfter.matches("\\d{1,9}")
          ? Duration.ofSeconds(Long.parseLong(retryAfter))
          : notNegative(
              Duration.between(
                  ZonedDateTime.now(ZoneOffset.UTC),
                  ZonedDateTime.parse(retryAfter, DateTimeFormatter.RFC_1123_DATE_TIME)));
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  private static Duration notNegative(Duration duration) {
    return duration.isNegative() ? Duration.ZERO : duration;
  }

  private Answer local(URI uri) throws IOException {
    Path file = Path.of(uri);
    reached = true;
    try {
      InputStream stream = Files.newInputStream(file);
      String size = Long.toString(Files.size(file));
      return new Answer(uri, 200, name -> name.equals("content-length") ? size : null, stream);
    } catch (NoSuchFileException e) {
      return new Answer(uri, 404, name -> null, InputStream.nullInputStream());
    }
  }

  /** A body whose connection is closed when nothing comes for too long. */
  private final class Watched extends FilterInputStream {
    private final Future<?> watcher;
    private volatile long last = System.nanoTime();
    private volatile boolean stalled;

    Watched(InputStream body) {
      super(body);
      long every = Math.max(1, patience.stall().toMillis() / 4);
      watcher = watch.scheduleWithFixedDelay(this::look, every, every, TimeUnit.MILLISECONDS);
    }

    private void look() {
      if (System.nanoTime() - last > patience.stall().toNanos()) {
        stalled = true;
        try {
          in.close();
        } catch (IOException e) {
          watcher.cancel(false); // the reader is told all the same
        }
      }
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      try {
        int read = super.read(bytes, from, length);
        if (stalled) {
          throw new IOException("closed");
        }
        last = System.nanoTime();
        return read;
      } catch (IOException e) {
        throw stalled
            ? new IOException("nothing came for " + patience.stall().toSeconds() + " s", e)
            : e;
      }
    }

    @Override
    public void close() throws IOException {
      watcher.cancel(false);
      super.close();
    }
  }
}

package io.github.tlora.hub;

import io.github.tlora.UserError;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.time.Duration;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLHandshakeException;

/** Tries again what a network broke, as long as it brings something or has not failed often. */
final class Retries {
  private final Web web;
  private final Patience patience;
  private final Meter meter;

  Retries(Web web, Patience patience, Meter meter) {
    this.web = web;
    this.patience = patience;
    this.meter = meter;
  }

  /** Something that a network may break. */
  @FunctionalInterface
  interface Attempt<T> {
    T run() throws IOException, InterruptedException;
  }

  /**
   * What {@code attempt} gives when it succeeds.
   *
   * @param file for messages
   * @param position how far it is; a try that gets further than any before does not count as failed
   * @throws UserError exit 3 when it does not succeed; at once where no server was ever reached
   */
  <T> T run(Wanted wanted, String file, LongSupplier position, Attempt<T> attempt)
      throws InterruptedException {
    int fruitless = 0;
    long furthest = position.getAsLong();
    while (true) {
      try {
        return attempt.run();
      } catch (IOException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (e instanceof SSLHandshakeException || (!web.wasReached() && isUnreachable(e))) {
          throw unreachable(wanted, file, e);
        }
        fruitless = position.getAsLong() > furthest ? 0 : fruitless + 1;
        furthest = Math.max(furthest, position.getAsLong());
        Duration wait = wait(e, fruitless);
        if (fruitless >= patience.tries() || wait.compareTo(patience.longestWait()) > 0) {
          throw givenUp(wanted, file, e, fruitless, wait);
        }
        meter.note(
            file + ": " + reason(e) + "; trying again in " + Math.max(1, wait.toSeconds()) + " s");
        Thread.sleep(wait.toMillis());
      }
    }
  }

  private Duration wait(IOException e, int fruitless) {
    return e instanceof Busy busy && busy.waitAsked() != null
        ? busy.waitAsked()
        : patience.waitAfter(fruitless);
  }

  private static boolean isUnreachable(IOException e) {
    return e instanceof ConnectException
        || e instanceof UnknownHostException
        || e instanceof NoRouteToHostException
        || e instanceof HttpConnectTimeoutException;
  }

  private static UserError unreachable(Wanted wanted, String file, IOException e) {
    return new UserError(
        UserError.Kind.FILE,
        wanted.name()
            + ": cannot reach the server of "
            + file
            + " ("
            + reason(e)
            + "). Behind a proxy set HTTPS_PROXY. Without a network: "
            + wanted.byHand(),
        e);
  }

  private static UserError givenUp(
      Wanted wanted, String file, IOException e, int fruitless, Duration wait) {
    String often =
        e instanceof Busy busy && busy.waitAsked() != null
            ? " and asks to wait " + wait.toSeconds() + " s"
            : ", " + fruitless + " times in a row";
    return new UserError(
        UserError.Kind.FILE,
        wanted.name()
            + ": "
            + file
            + ": "
            + reason(e)
            + often
            + ". What has come is kept: the same command later goes on from there",
        e);
  }

  /** The engine room's exceptions often have no words. */
  private static String reason(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null) {
        return cause.getMessage().replaceAll("\\s+", " ");
      }
    }
    return e instanceof ConnectException ? "no such host, or no connection" : "connection lost";
  }
}

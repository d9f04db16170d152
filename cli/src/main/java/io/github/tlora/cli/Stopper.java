package io.github.tlora.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns a signal into a polite request: the step in hand is finished and files are closed before
 * the process ends, with the code that the signal gives (130 for SIGINT, 143 for SIGTERM).
 */
final class Stopper implements AutoCloseable {
  /** The code for a run that was stopped; the JVM replaces it by the signal's own. */
  static final int EXIT_CODE = 143;

  private static final int PATIENCE_SECONDS = 60;

  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile boolean asked;
  private Thread hook;

  private Stopper() {}

  /** Listens until it is closed. */
  static Stopper onSignals(Console console) {
    Stopper stopper = new Stopper();
    // The JVM runs this on SIGINT and SIGTERM, and exits with 128 + signal when it returns.
    stopper.hook = new Thread(() -> stopper.stop(console), "stop");
    Runtime.getRuntime().addShutdownHook(stopper.hook);
    Signals.runHooks();
    return stopper;
  }

  private void stop(Console console) {
    asked = true;
    console.say("tlora: stopping after this step");
    try {
      if (!finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        console.say("tlora: the step did not end within " + PATIENCE_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether a signal came. */
  boolean isAsked() {
    return asked;
  }

  @Override
  public void close() {
    finished.countDown();
    Signals.endTheProcess();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is already going down: the hook has done its work.
      asked = true;
    }
  }
}

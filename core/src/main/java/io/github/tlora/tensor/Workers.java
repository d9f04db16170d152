package io.github.tlora.tensor;

import ai.djl.pytorch.jni.JniUtils;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Threads that share the cores between them. Rows of a batch do not need each other: a thread that
 * takes its rows through all layers never waits for another, where threads that share each
 * operation wait at its end, and are idle through all that is too small to share.
 */
public final class Workers implements AutoCloseable {
  private final int count;
  private final int threadsBefore; // of an operation that the caller does
  private final ExecutorService threads; // none for one worker, which is the caller

  private Workers(int count, int threadsEach) {
    this.count = count;
    this.threadsBefore = JniUtils.getNumThreads();
    this.threads =
        count == 1 ? null : Executors.newFixedThreadPool(count, task -> thread(task, threadsEach));
    // What the caller does between is too small to share.
    JniUtils.setNumThreads(threadsEach);
  }

  private static Thread thread(Runnable task, int threadsEach) {
    Runnable prepared =
        () -> {
          JniUtils.setNumThreads(threadsEach); // of operations that this thread calls
          task.run();
        };
    Thread thread = new Thread(prepared, "tlora-worker");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Starts at most {@code most} workers, and no more than there are threads, which they share.
   *
   * @param most 1 has the caller do everything
   */
  public static Workers open(int most) {
    int threads = Torch.threads();
    int count = Math.max(1, Math.min(most, threads));
    return new Workers(count, threads / count);
  }

  public int count() {
    return count;
  }

  /**
   * Does {@code task} for 0 .. tasks - 1, several at a time, and returns when all are done. What a
   * task throws is thrown here, once all have ended: the first one's in their order.
   */
  public void each(int tasks, IntConsumer task) {
    if (threads == null) {
      IntStream.range(0, tasks).forEach(task);
      return;
    }
    CompletableFuture<?>[] all = new CompletableFuture<?>[tasks];
    for (int i = 0; i < tasks; i++) {
      int number = i;
      all[i] = CompletableFuture.runAsync(() -> task.accept(number), threads);
    }
    for (CompletableFuture<?> one : all) {
      one.exceptionally(e -> null).join(); // none may go on after this method
    }
    for (CompletableFuture<?> one : all) {
      try {
        one.join();
      } catch (CompletionException e) {
        throw asUnchecked(e.getCause());
      }
    }
  }

  private static RuntimeException asUnchecked(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return (RuntimeException) thrown; // a task declares no other
  }

  @Override
  public void close() {
    if (threads != null) {
      threads.shutdown();
    }
    JniUtils.setNumThreads(threadsBefore);
  }
}

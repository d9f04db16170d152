package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Threads that share the cores. */
class WorkersTest {
  private int threads;

  @BeforeEach
  void four_threads() {
    threads = Torch.threads();
    Torch.setThreads(4);
  }

  @AfterEach
  void as_before() {
    Torch.setThreads(threads);
  }

  @Test
  void there_are_no_more_than_asked_for_and_no_more_than_threads() {
    for (int most : new int[] {1, 3, 4, 9}) {
      try (Workers workers = Workers.open(most)) {
        assertThat(workers.count()).isEqualTo(Math.min(most, 4));
      }
    }
  }

  @Test
  void every_task_is_done_once_and_several_at_a_time() throws InterruptedException {
    Set<Integer> done = ConcurrentHashMap.newKeySet();
    CountDownLatch together = new CountDownLatch(3);
    try (Workers workers = Workers.open(3)) {
      workers.each(
          20,
          task -> {
            assertThat(done.add(task)).isTrue();
            together.countDown();
            try {
              assertThat(together.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
    }
    assertThat(done).containsAll(IntStream.range(0, 20).boxed().toList());
  }

  @Test
  void one_worker_is_the_caller() {
    Thread caller = Thread.currentThread();
    try (Workers workers = Workers.open(1)) {
      workers.each(2, task -> assertThat(Thread.currentThread()).isSameAs(caller));
    }
  }

  @Test
  void the_first_failure_is_thrown_once_all_have_ended() {
    AtomicInteger ended = new AtomicInteger();
    try (Workers workers = Workers.open(2)) {
      assertThatThrownBy(
              () ->
                  workers.each(
                      6,
                      task -> {
                        ended.incrementAndGet();
                        if (task == 2 || task == 4) {
                          throw new IllegalArgumentException("task " + task);
                        }
                      }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("task 2");
      assertThat(ended).hasValue(6);
      assertThatThrownBy(
              () ->
                  workers.each(
                      2,
                      task -> {
                        throw new OutOfMemoryError("task " + task);
                      }))
          .isInstanceOf(OutOfMemoryError.class)
          .hasMessage("task 0");
    }
  }

  @Test
  void workers_inside_workers_share_the_same_threads() {
    try (Workers outer = Workers.open(4)) {
      assertThat(outer.count()).isEqualTo(4);
      try (Workers inner = Workers.open(2)) {
        assertThat(inner.count()).isEqualTo(2);
      }
      assertThat(Torch.threads()).isEqualTo(4);
    }
  }
}

package io.github.tlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tlora.config.Layers;
import org.junit.jupiter.api.Test;

/** The learning rate's course, with the values of get_linear_schedule_with_warmup(5, 20). */
class ScheduleTest {
  private static final double[] WANTED = {
    0, 0.2, 0.4, 0.6, 0.8, 1, 14 / 15.0, 13 / 15.0, 12 / 15.0, 11 / 15.0, 10 / 15.0, 9 / 15.0,
    8 / 15.0, 7 / 15.0, 6 / 15.0, 5 / 15.0, 4 / 15.0, 3 / 15.0, 2 / 15.0, 1 / 15.0, 0, 0
  };

  /** The default settings' schedule, with that share of warm-up. */
  private static Schedule linear(double ratio, long total) {
    return new Layers()
        .set("train.warmup_ratio", Double.toString(ratio), "--set")
        .set("train.schedule_power", "1", "--set")
        .resolve()
        .train()
        .schedule(total);
  }

  @Test
  void rises_over_the_warm_up_and_falls_to_0() {
    Schedule schedule = linear(0.25, 20);
    assertThat(schedule).isEqualTo(new Schedule(Schedule.Kind.LINEAR, 1, 5, 20));
    for (int step = 0; step < WANTED.length; step++) {
      assertThat(schedule.factor(step)).as("step %d", step).isCloseTo(WANTED[step], within(1e-15));
    }
  }

  @Test
  void the_warm_up_is_rounded_down() {
    assertThat(linear(0.06, 190).warmup()).isEqualTo(11);
    assertThat(linear(0.06, 16).warmup()).isZero();
  }

  @Test
  void without_warm_up_it_starts_at_the_peak() {
    assertThat(linear(0, 10).factor(0)).isEqualTo(1);
  }

  @Test
  void all_warm_up_is_no_division_by_0() {
    assertThat(linear(1, 4).factor(3)).isEqualTo(0.75);
    assertThat(linear(1, 4).factor(4)).isZero();
  }

  /**
   * get_cosine_schedule_with_warmup(5, 20) of transformers, at steps 0, 2, 5, 9, 12, 15, 19, 20.
   */
  @Test
  void a_cosine_falls_as_transformers_has_it() {
    Schedule schedule = new Schedule(Schedule.Kind.COSINE, 1, 5, 20);
    assertFactors(
        schedule,
        0,
        0.4,
        1,
        0.8345653031794291,
        0.5522642316338268,
        0.2500000000000001,
        0.010926199633097211,
        0);
  }

  /** get_polynomial_decay_schedule_with_warmup(5, 20, lr_end=0, power=2). */
  @Test
  void a_polynomial_is_the_linear_fall_to_its_power() {
    Schedule schedule = new Schedule(Schedule.Kind.POLYNOMIAL, 2, 5, 20);
    assertFactors(schedule, 0, 0.4, 1, 121 / 225.0, 64 / 225.0, 25 / 225.0, 1 / 225.0, 0);
    assertThat(new Schedule(Schedule.Kind.POLYNOMIAL, 1, 5, 20).factor(9))
        .isEqualTo(linear(0.25, 20).factor(9));
  }

  @Test
  void a_constant_stays_after_its_warm_up() {
    assertFactors(new Schedule(Schedule.Kind.CONSTANT, 1, 5, 20), 0, 0.4, 1, 1, 1, 1, 1, 1);
  }

  private static void assertFactors(Schedule schedule, double... wanted) {
    long[] steps = {0, 2, 5, 9, 12, 15, 19, 20};
    for (int i = 0; i < steps.length; i++) {
      assertThat(schedule.factor(steps[i]))
          .as("step %d", steps[i])
          .isCloseTo(wanted[i], within(1e-15));
    }
  }
}

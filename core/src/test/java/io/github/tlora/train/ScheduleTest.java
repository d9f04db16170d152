package io.github.tlora.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The learning rate's course, with the values of get_linear_schedule_with_warmup(5, 20). */
class ScheduleTest {
  private static final double[] WANTED = {
    0, 0.2, 0.4, 0.6, 0.8, 1, 14 / 15.0, 13 / 15.0, 12 / 15.0, 11 / 15.0, 10 / 15.0, 9 / 15.0,
    8 / 15.0, 7 / 15.0, 6 / 15.0, 5 / 15.0, 4 / 15.0, 3 / 15.0, 2 / 15.0, 1 / 15.0, 0, 0
  };

  @Test
  void rises_over_the_warm_up_and_falls_to_0() {
    Schedule schedule = Schedule.linear(0.25, 20);
    assertThat(schedule).isEqualTo(new Schedule(5, 20));
    for (int step = 0; step < WANTED.length; step++) {
      assertThat(schedule.factor(step)).as("step %d", step).isCloseTo(WANTED[step], within(1e-15));
    }
  }

  @Test
  void the_warm_up_is_rounded_down() {
    assertThat(Schedule.linear(0.06, 190).warmup()).isEqualTo(11);
    assertThat(Schedule.linear(0.06, 16).warmup()).isZero();
  }

  @Test
  void without_warm_up_it_starts_at_the_peak() {
    assertThat(Schedule.linear(0, 10).factor(0)).isEqualTo(1);
  }

  @Test
  void all_warm_up_is_no_division_by_0() {
    assertThat(Schedule.linear(1, 4).factor(3)).isEqualTo(0.75);
    assertThat(Schedule.linear(1, 4).factor(4)).isZero();
  }
}

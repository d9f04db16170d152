package io.github.tlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks by name. */
class TaskTest {
  @ParameterizedTest
  @ValueSource(strings = {"sst2", "SST2", "SST-2", "sst-2", "Sst_2", "sst 2"})
  void a_name_is_written_as_people_do(String name) {
    assertThat(Task.named(name)).isEqualTo(Glue.SST2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stsb", "sts-b", "STS-B", "STS_B"})
  void sts_b_is_a_task_with_a_dash_or_without(String name) {
    assertThat(Task.named(name)).isEqualTo(Glue.STSB);
  }

  @ParameterizedTest
  @CsvSource({
    "MNLI, MNLI",
    "mnli-m, MNLI",
    "MNLI-mm, MNLI",
    "mnli_matched, MNLI",
    "CoLA, COLA",
    "QNLIv2, QNLI",
    "AX, AX",
    "diagnostic, AX"
  })
  void names_of_files_and_of_other_tools_are_known(String name, Glue task) {
    assertThat(Task.named(name)).isEqualTo(task);
  }

  @Test
  void mnli_has_two_dev_and_two_test_splits_and_ax_no_other_than_test() {
    assertThat(Glue.MNLI.split("dev")).isEqualTo("dev_matched");
    assertThat(Glue.MNLI.split("test")).isEqualTo("test_matched");
    assertThat(Glue.MNLI.split("dev_mismatched")).isEqualTo("dev_mismatched");
    assertThat(Glue.RTE.splits()).containsExactly("train", "dev", "test");
    assertThat(Glue.AX.splits()).containsExactly("test");
    assertThatThrownBy(() -> Glue.AX.split("train"))
        .hasMessage(
            "task ax has no split 'train', only test: it is predicted with a model of mnli");
    assertThatThrownBy(() -> Glue.RTE.split("dev_matched"))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessage("task rte has no split 'dev_matched', only train, dev, test");
  }

  @Test
  void every_listed_name_is_a_task() {
    assertThat(Task.names()).contains("sst2", "cola").doesNotHaveDuplicates();
    for (String name : Task.names()) {
      assertThat(Task.named(name).key()).isEqualTo(name);
      assertThat(Task.named(name.toUpperCase(Locale.ROOT)).key()).isEqualTo(name);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sst3 | (did you mean 'sst2'?)",
        "SST-22 | (did you mean 'sst2'?)",
        "colla | (did you mean 'cola'?)"
      })
  void a_mistyped_name_is_told_with_the_nearest(String name, String guess) {
    assertRefused(name, "unknown task '" + name + "' " + guess);
  }

  @ParameterizedTest
  @ValueSource(strings = {"imagenet", ""})
  void a_name_of_another_kind_is_told_with_the_known_ones(String name) {
    assertRefused(name, "unknown task '" + name + "'");
  }

  private static void assertRefused(String name, String start) {
    assertThatThrownBy(() -> Task.named(name))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessage(
            start
                + ". Known tasks: sst2, cola, mrpc, qqp, qnli, rte, wnli, stsb, mnli, ax;"
                + " or give a file that describes your own, such as reviews.yaml");
  }
}

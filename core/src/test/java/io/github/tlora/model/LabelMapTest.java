package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a checkpoint's head is matched to a task's labels. */
class LabelMapTest {
  private static final List<String> MNLI = List.of("entailment", "neutral", "contradiction");
  private static final String ROBERTA_LARGE_MNLI =
      """
      {"id2label": {"0": "CONTRADICTION", "1": "NEUTRAL", "2": "ENTAILMENT"}}""";

  private static JsonNode json(String text) {
    try {
      return new JsonMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HeadSettings head(HeadSettings.From from, HeadSettings.Labels labels) {
    return new HeadSettings(null, null, from, labels, null, null);
  }

  private static LabelMap byName(List<String> labels, String config) {
    HeadSettings head = head(HeadSettings.From.CHECKPOINT, HeadSettings.Labels.BY_NAME);
    return LabelMap.of(head, labels, json(config), "m");
  }

  private static LabelMap byIndex(List<String> labels, String config) {
    HeadSettings head = head(HeadSettings.From.CHECKPOINT, HeadSettings.Labels.BY_INDEX);
    return LabelMap.of(head, labels, json(config), "m");
  }

  @Test
  void a_new_head_has_a_logit_a_label_whatever_the_checkpoint_has() {
    HeadSettings fresh = head(HeadSettings.From.FRESH, HeadSettings.Labels.BY_NAME);
    LabelMap map = LabelMap.of(fresh, List.of("no", "yes"), json(ROBERTA_LARGE_MNLI), "m");
    assertThat(map).isEqualTo(new LabelMap(2, List.of(0, 1)));
    assertThat(map.isInOrder()).isTrue();
  }

  @Test
  void labels_are_matched_by_name_however_they_are_written() {
    LabelMap map = byName(MNLI, ROBERTA_LARGE_MNLI);
    assertThat(map).isEqualTo(new LabelMap(3, List.of(2, 1, 0)));
    assertThat(map.isInOrder()).isFalse();
    assertThat(
            byName(
                List.of("entailment", "not_entailment"),
                "{\"id2label\": {\"0\": \"Not-Entailment\", \"1\": \"ENTAILMENT\"}}"))
        .isEqualTo(new LabelMap(2, List.of(1, 0)));
  }

  @Test
  void other_labels_are_refused_and_both_are_shown() {
    assertThatThrownBy(() -> byName(List.of("negative", "positive"), ROBERTA_LARGE_MNLI))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
        .hasMessage(
            "head.labels: the head of m has the labels CONTRADICTION, NEUTRAL, ENTAILMENT; the"
                + " task's are negative, positive. Take the first 2 as the task's with head.labels:"
                + " by-index, or train a new head: head.from: fresh");
    assertThatThrownBy(() -> byName(List.of("entailment", "neutral"), ROBERTA_LARGE_MNLI))
        .isInstanceOf(UserError.class);
    assertThatThrownBy(() -> byName(List.of("negative", "positive"), "{}"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("has the labels LABEL_0, LABEL_1; the task's are negative, positive");
    assertThatThrownBy(
            () -> byName(List.of("a", "b"), "{\"id2label\": {\"0\": \"a\", \"1\": \"A\"}}"))
        .isInstanceOf(UserError.class);
  }

  @Test
  void by_index_the_first_logits_are_the_task_s_and_the_others_stay() {
    LabelMap map = byIndex(List.of("entailment", "not_entailment"), ROBERTA_LARGE_MNLI);
    assertThat(map.labels()).isEqualTo(2);
    assertThat(map.logits()).isEqualTo(3);
    assertThat(map.isInOrder()).isTrue();
    assertThatThrownBy(() -> byIndex(MNLI, "{\"num_labels\": 2}"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("LABEL_0, LABEL_1; the task's are entailment, neutral, contradiction")
        .hasMessageContaining("too few");
  }

  @Test
  void a_regression_has_no_label_and_one_logit() {
    HeadSettings fresh = head(HeadSettings.From.FRESH, HeadSettings.Labels.BY_NAME);
    LabelMap map = LabelMap.of(fresh, List.of(), json(ROBERTA_LARGE_MNLI), "m");
    assertThat(map).isEqualTo(new LabelMap(0, List.of(0)));
    assertThat(map.logits()).isEqualTo(1);
    assertThat(map.isRegression()).isTrue();
    assertThat(map.isInOrder()).isTrue();
    assertThat(LabelMap.fresh(2).isRegression()).isFalse();
  }

  @Test
  void a_regression_takes_a_head_of_one_logit_whatever_it_is_called() {
    String one = "{\"id2label\": {\"0\": \"similarity\"}}";
    assertThat(byName(List.of(), one)).isEqualTo(LabelMap.fresh(0));
    assertThat(byIndex(List.of(), "{\"num_labels\": 1}")).isEqualTo(LabelMap.fresh(0));
    for (String other : List.of(ROBERTA_LARGE_MNLI, "{}")) {
      assertThatThrownBy(() -> byIndex(List.of(), other))
          .isInstanceOfSatisfying(
              UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE))
          .hasMessageStartingWith("head.from: the head of m has the labels ")
          .hasMessageEndingWith(
              "; the task is a regression and needs a head of one logit. Train a new head:"
                  + " head.from: fresh");
    }
  }

  @Test
  void an_id2label_with_holes_is_refused() {
    assertThatThrownBy(
            () -> byName(List.of("a", "b"), "{\"id2label\": {\"0\": \"a\", \"2\": \"b\"}}"))
        .isInstanceOf(UserError.class)
        .hasMessage("m: config.json: id2label must name the labels 0 to 1, got 0, 2");
  }
}

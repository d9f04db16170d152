package io.github.tlora.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.metric.Metric;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every task reads rows in the layout in which GLUE distributes its files. */
class GlueTest {
  /**
   * A file in the official layout with one row of each class, or of two numbers, and the rows that
   * it holds.
   */
  private record Sample(String file, Example... rows) {}

  private static final Map<Glue, Sample> SAMPLES =
      Map.of(
          Glue.SST2,
          new Sample(
              """
              sentence\tlabel
              a dull , airless film \t0
              warm and funny \t1
              """,
              new Example("a dull , airless film ", null, 0),
              new Example("warm and funny ", null, 1)),
          Glue.COLA,
          new Sample(
              """
              gj04\t0\t*\tThe cat sat mat the on.
              gj04\t1\t\tThe cat sat on the mat.
              """,
              new Example("The cat sat mat the on.", null, 0),
              new Example("The cat sat on the mat.", null, 1)),
          Glue.MRPC,
          new Sample(
              """
              \uFEFFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r
              0\t702876\t702977\tRain fell in the north .\tThe "north" stayed dry .\r
              1\t2108705\t2108831\tIt opens today .\tToday is its opening .\r
              """,
              new Example("Rain fell in the north .", "The \"north\" stayed dry .", 0),
              new Example("It opens today .", "Today is its opening .", 1)),
          Glue.QQP,
          new Sample(
              """
              id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate
              133273\t213221\t213222\tHow do bees fly?\tWhy do bees hum?\t0
              402555\t536040\t536041\tIs tea healthy?\tIs it healthy to drink tea?\t1
              """,
              new Example("How do bees fly?", "Why do bees hum?", 0),
              new Example("Is tea healthy?", "Is it healthy to drink tea?", 1)),
          Glue.QNLI,
          new Sample(
              """
              index\tquestion\tsentence\tlabel
              0\tWhen was it built?\tIt was built in 1890.\tentailment
              1\tWho built it?\tIt was built in 1890.\tnot_entailment
              """,
              new Example("When was it built?", "It was built in 1890.", 0),
              new Example("Who built it?", "It was built in 1890.", 1)),
          Glue.RTE,
          new Sample(
              """
              index\tsentence1\tsentence2\tlabel
              0\tThe bridge fell in 1940.\tA bridge fell.\tentailment
              1\tThe bridge fell in 1940.\tNobody was hurt.\tnot_entailment
              """,
              new Example("The bridge fell in 1940.", "A bridge fell.", 0),
              new Example("The bridge fell in 1940.", "Nobody was hurt.", 1)),
          Glue.WNLI,
          new Sample(
              """
              index\tsentence1\tsentence2\tlabel
              0\tI stuck a pin in the carrot. It had a hole.\tThe pin had a hole.\t0
              1\tI stuck a pin in the carrot. It had a hole.\tThe carrot had a hole.\t1
              """,
              new Example("I stuck a pin in the carrot. It had a hole.", "The pin had a hole.", 0),
              new Example(
                  "I stuck a pin in the carrot. It had a hole.", "The carrot had a hole.", 1)),
          Glue.STSB,
          new Sample(
              """
              index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore
              0\tmain-news\tmade-up\t2015\t0003\tnone\tnone\t"So" it rains.\tRain falls.\t4.750
              1\tmain-news\tmade-up\t2015\t0004\tnone\tnone\tBees hum.\tIt opens today.\t0
              """,
              Example.ofValue("\"So\" it rains.", "Rain falls.", 4.75f),
              Example.ofValue("Bees hum.", "It opens today.", 0)));

  @ParameterizedTest
  @EnumSource(Glue.class)
  void every_task_reads_its_official_layout(Glue task) {
    assertThat(SAMPLES).as("a sample of %s in this test", task).containsKey(task);
    Sample sample = SAMPLES.get(task);
    assertThat(Tsv.read("dev.tsv", sample.file(), task.layout())).containsExactly(sample.rows());
  }

  @ParameterizedTest
  @EnumSource(Glue.class)
  void every_class_has_one_value_and_one_name(Glue task) {
    assertThat(task.isRegression()).isEqualTo(task == Glue.STSB);
    assertThat(task.labels())
        .hasSize(task.isRegression() ? 0 : 2)
        .doesNotHaveDuplicates()
        .doesNotContain("");
    assertThat(task.layout().values()).hasSameSizeAs(task.labels()).doesNotHaveDuplicates();
    assertThat(task.isPair()).isEqualTo(SAMPLES.get(task).rows()[0].pair() != null);
  }

  @Test
  void labels_are_named_by_class_in_the_order_of_the_files() {
    assertThat(Glue.SST2.labels()).containsExactly("negative", "positive");
    assertThat(Glue.COLA.labels()).containsExactly("unacceptable", "acceptable");
    assertThat(Glue.MRPC.labels()).containsExactly("not_equivalent", "equivalent");
    assertThat(Glue.QQP.labels()).containsExactly("not_duplicate", "duplicate");
    assertThat(Glue.QNLI.labels()).containsExactly("entailment", "not_entailment");
    assertThat(Glue.RTE.labels()).containsExactly("entailment", "not_entailment");
    assertThat(Glue.WNLI.labels()).containsExactly("not_entailment", "entailment");
  }

  @Test
  void metrics_are_those_of_the_benchmark() {
    assertThat(Glue.COLA.metrics()).containsExactly(Metric.MATTHEWS, Metric.ACCURACY);
    assertThat(Glue.STSB.metrics()).containsExactly(Metric.PEARSON, Metric.SPEARMAN);
    for (Glue task : List.of(Glue.MRPC, Glue.QQP)) {
      assertThat(task.metrics()).containsExactly(Metric.ACCURACY, Metric.F1);
    }
    for (Glue task : List.of(Glue.SST2, Glue.QNLI, Glue.RTE, Glue.WNLI)) {
      assertThat(task.metrics()).containsExactly(Metric.ACCURACY);
    }
  }

  @Test
  void the_first_score_decides_and_of_sts_b_the_mean_of_both() {
    assertThat(Glue.COLA.bestBy()).containsExactly(Metric.MATTHEWS);
    assertThat(Glue.MRPC.bestBy()).containsExactly(Metric.ACCURACY);
    assertThat(Glue.STSB.bestBy()).containsExactly(Metric.PEARSON, Metric.SPEARMAN);
  }

  @Test
  void keys_are_lower_case_names() {
    assertThat(Arrays.stream(Glue.values()).map(Glue::key))
        .containsExactly("sst2", "cola", "mrpc", "qqp", "qnli", "rte", "wnli", "stsb");
  }
}

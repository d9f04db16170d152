package io.github.tlora.hub;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * GLUE's tasks and its diagnostic set: the files in which they are distributed, and how many rows
 * each table has there.
 */
public enum GlueFiles {
  COLA(
      List.of("CoLA.zip"),
      Table.bare("train.tsv", 8551),
      Table.bare("dev.tsv", 1043),
      Table.of("test.tsv", 1063)),
  SST2(
      List.of("SST-2.zip"),
      Table.of("train.tsv", 67349),
      Table.of("dev.tsv", 872),
      Table.of("test.tsv", 1821)),
  /** Its texts come from SentEval; which of them are dev rows, from GLUE. */
  MRPC(
      List.of("msr_paraphrase_train.txt", "msr_paraphrase_test.txt", "mrpc_dev_ids.tsv"),
      Table.of("msr_paraphrase_train.txt", 4076),
      Table.of("msr_paraphrase_test.txt", 1725),
      Table.bare("dev_ids.tsv", 408)),
  STSB(
      List.of("STS-B.zip"),
      Table.of("train.tsv", 5749),
      Table.of("dev.tsv", 1500),
      Table.of("test.tsv", 1379)),
  /** A few lines are short and count as rows here, not when they are read. */
  QQP(
      List.of("QQP-clean.zip"),
      new Table("train.tsv", true, 363_846, 363_870),
      new Table("dev.tsv", true, 40_430, 40_432),
      Table.of("test.tsv", 390_965)),
  MNLI(
      List.of("MNLI.zip"),
      Table.of("train.tsv", 392_702),
      Table.of("dev_matched.tsv", 9815),
      Table.of("dev_mismatched.tsv", 9832),
      Table.of("test_matched.tsv", 9796),
      Table.of("test_mismatched.tsv", 9847)),
  QNLI(
      List.of("QNLIv2.zip"),
      Table.of("train.tsv", 104_743),
      Table.of("dev.tsv", 5463),
      Table.of("test.tsv", 5463)),
  RTE(
      List.of("RTE.zip"),
      Table.of("train.tsv", 2490),
      Table.of("dev.tsv", 277),
      Table.of("test.tsv", 3000)),
  WNLI(
      List.of("WNLI.zip"),
      Table.of("train.tsv", 635),
      Table.of("dev.tsv", 71),
      Table.of("test.tsv", 146)),
  AX(List.of("AX.tsv"), Table.of("AX.tsv", 1104));

  private final List<String> downloads;
  private final List<Table> tables;

  GlueFiles(List<String> downloads, Table... tables) {
    this.downloads = downloads;
    this.tables = List.of(tables);
  }

  /**
   * A table that must be there afterwards.
   *
   * @param hasHeader whether its first line names the columns
   * @param least rows that it may have
   * @param most rows that it may have
   */
  record Table(String name, boolean hasHeader, int least, int most) {
    static Table of(String name, int rows) {
      return new Table(name, true, rows, rows);
    }

    static Table bare(String name, int rows) {
      return new Table(name, false, rows, rows);
    }
  }

  /** The task called {@code name}, written as people do: {@code sst2}, {@code SST-2}. */
  public static Optional<GlueFiles> named(String name) {
    String plain = name.toUpperCase(Locale.ROOT).replaceAll("[-_ ]", "");
    return Arrays.stream(values()).filter(task -> task.name().equals(plain)).findFirst();
  }

  /** The name in configurations and of the directory. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What is fetched: an archive, or the tables themselves. */
  List<String> downloads() {
    return downloads;
  }

  List<Table> tables() {
    return tables;
  }

  /** Whether the tables come in an archive. */
  boolean isArchive() {
    return downloads.get(0).endsWith(".zip");
  }

  /** What a download that is a table itself is called in the task's directory. */
  static String local(String download) {
    return download.equals("mrpc_dev_ids.tsv") ? "dev_ids.tsv" : download;
  }

  /** Whether {@code download} is one of those that SentEval distributes. */
  static boolean isFromSenteval(String download) {
    return download.startsWith("msr_paraphrase_");
  }
}

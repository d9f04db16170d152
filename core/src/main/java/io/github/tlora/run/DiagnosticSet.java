package io.github.tlora.run;

import io.github.tlora.UserError;
import io.github.tlora.data.Dataset;
import io.github.tlora.data.Glue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Where GLUE's diagnostic set is, which a model of MNLI predicts. */
final class DiagnosticSet {
  private static final String LABELLED = "diagnostic-full.tsv";
  private static final List<String> DIRECTORIES = List.of("AX", "ax", "diagnostic");

  private final List<Path> places;
  private final Environment environment;

  /** Looks in MNLI's directory, beside it and in the home. */
  DiagnosticSet(Dataset mnli, Environment environment) {
    Path given = Path.of(mnli.name()).toAbsolutePath().normalize();
    this.places =
        Stream.of(given, given.getParent(), environment.home().resolve("data"))
            .filter(place -> place != null)
            .flatMap(
                place -> Stream.concat(Stream.of(place), DIRECTORIES.stream().map(place::resolve)))
            .toList();
    this.environment = environment;
  }

  /** The rows as GLUE has them to be predicted. */
  Optional<Dataset> unlabelled() {
    return find("AX.tsv", "diagnostic.tsv", "test.tsv", "test.jsonl", "test.csv");
  }

  /**
   * The rows with their labels.
   *
   * @throws UserError exit 3 when they are nowhere
   */
  Dataset labelled() {
    return find(LABELLED)
        .orElseThrow(
            () ->
                UserError.file(
                    "ax: there is no "
                        + LABELLED
                        + " in MNLI's directory, beside it, in a directory AX there, or in "
                        + environment.home().resolve("data").resolve(Glue.AX.key())
                        + ". Give its own directory with --data"));
  }

  private Optional<Dataset> find(String... names) {
    return places.stream()
        .flatMap(place -> Stream.of(names).map(place::resolve))
        .filter(Files::isRegularFile)
        // Any of GLUE's tasks has a test.tsv: only in a directory of its own is it the set's.
        .filter(
            file ->
                !file.getFileName().toString().startsWith("test.")
                    || DIRECTORIES.contains(file.getParent().getFileName().toString()))
        .findFirst()
        .map(file -> Dataset.find(Glue.AX, file.toString(), environment.home()));
  }
}

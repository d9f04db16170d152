package io.github.tlora.cli;

import io.github.tlora.UserError;
import io.github.tlora.run.AdapterSet;
import io.github.tlora.run.Environment;
import io.github.tlora.run.Json;
import io.github.tlora.run.PredictRun;
import io.github.tlora.run.PredictRun.Answer;
import io.github.tlora.run.PredictStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora predict}. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    header = "Label texts with a trained adapter.",
    description =
        "Prints a line a text: label, probabilities, text; of a regression value, text."
            + " Two texts of a pair task are separated by a tab. With --adapter each line begins"
            + " with the adapter's name and a tab; rows of all are predicted together. With - lines"
            + " of stdin are answered as they come. Blank lines are passed over.",
    footer = {
      "",
      "Examples:",
      "  tlora predict RUN --text 'a warm, generous comedy'",
      "  tlora predict RUN --input reviews.txt --json",
      "  tail -f reviews.txt | tlora predict RUN - --json",
      "  tlora predict RUN --split test --json",
      "  tlora predict RUN --split test --glue-format -o submission",
      "  tlora predict --adapter film=RUN --adapter shop=OTHER --input rows.tsv"
    })
final class PredictCommand implements Callable<Integer> {
  private static final String STDIN = "-";

  private final Console console;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "RUN",
      description = "A run directory, or an adapter's.")
  private String first;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "STDIN",
      description =
          "A dash: lines of stdin, each answered as it comes. With --adapter, in place"
              + " of RUN.")
  private String second;

  @Heading("What to label")
  @Option(
      names = "--adapter",
      paramLabel = "NAME=RUN",
      description = "One of several adapters on one encoder, instead of RUN. Repeatable.")
  private List<String> adapters = new ArrayList<>();

  @Mixin private TextOptions texts;

  @Heading("Output")
  @Option(
      names = "--json",
      description = "Answer with an array of objects; with - an object a line.")
  private boolean json;

  @Mixin private SubmissionOptions submission;
  @Mixin private LoadOptions load;

  PredictCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (second != null && !second.equals(STDIN)) {
      throw UserError.usage("predict: one RUN is taken, and - for stdin, got '" + second + "'");
    }
    Path run = first == null || first.equals(STDIN) ? null : Path.of(first);
    if (second != null || STDIN.equals(first)) {
      stream(run);
    } else if (submission.isAsked()) {
      submission.write(run, load, console, json);
    } else {
      List<Answer> answers = submission.split() == null ? ofLines(run) : ofSplit(run);
      console.answer(
          json, answers, answers.stream().map(AnswerLine::of).collect(Collectors.joining("\n")));
    }
    return 0;
  }

  private List<Answer> ofSplit(Path run) {
    if (run == null || texts.areGiven()) {
      throw UserError.usage("predict: --split takes RUN, and no --adapter, --text or --input");
    }
    return PredictRun.split(
        run, submission.data(), submission.split(), load.model, load.environment(console));
  }

  private List<Answer> ofLines(Path run) {
    List<String> lines = texts.read();
    requireOne(run);
    Environment environment = load.environment(console);
    return run == null
        ? PredictRun.lines(AdapterSet.named(adapters), lines, load.model, environment)
        : PredictRun.lines(run, lines, load.model, environment);
  }

  private void stream(Path run) {
    requireOne(run);
    if (texts.areGiven() || submission.split() != null || submission.isAsked()) {
      throw UserError.usage("predict: - reads stdin, and takes no --text, --input or --split");
    }
    Environment environment = load.environment(console);
    if (run == null) {
      PredictStream.answer(
          AdapterSet.named(adapters), System.in, load.model, environment, this::print);
    } else {
      PredictStream.answer(run, System.in, load.model, environment, this::print);
    }
  }

  /** Prints what is answered; false when nobody reads it any more, as after {@code | head -1}. */
  private boolean print(List<Answer> answers) {
    for (Answer answer : answers) {
      console.out().println(json ? Json.line(answer) : AnswerLine.of(answer));
    }
    return !console.out().checkError(); // which flushes
  }

  private void requireOne(Path run) {
    if ((run == null) == adapters.isEmpty()) {
      throw UserError.usage("predict: give RUN, or --adapter NAME=RUN, one of the two");
    }
  }
}

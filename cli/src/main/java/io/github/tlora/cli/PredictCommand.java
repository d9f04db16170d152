package io.github.tlora.cli;

import io.github.tlora.UserError;
import io.github.tlora.run.AdapterSet;
import io.github.tlora.run.PredictRun;
import io.github.tlora.run.PredictRun.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Stack;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code tlora predict}. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    header = "Label texts with a trained adapter.",
    description =
        "Prints a line a text: label, probabilities, text; of a regression value, text."
            + " Two texts of a pair task are separated by a tab. With --adapter each line begins"
            + " with the adapter's name and a tab; rows of all are predicted together.",
    footer = {
      "",
      "Examples:",
      "  tlora predict RUN --text 'a warm, generous comedy'",
      "  tlora predict RUN --input reviews.txt --json",
      "  tlora predict RUN --split test --json",
      "  tlora predict RUN --split test --glue-format -o submission",
      "  tlora predict --adapter film=RUN --adapter shop=OTHER --input rows.tsv"
    })
final class PredictCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private LoadOptions load;
  @Mixin private SubmissionOptions submission;

  @Parameters(paramLabel = "RUN", arity = "0..1", description = "A run directory, or an adapter's.")
  private Path run;

  @Option(
      names = "--adapter",
      paramLabel = "NAME=RUN",
      description = "One of several adapters on one encoder, instead of RUN. Repeatable.")
  private List<String> adapters = new ArrayList<>();

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      parameterConsumer = AsItIs.class,
      description = "A text. Repeatable.")
  private List<String> texts = new ArrayList<>();

  @Option(names = "--input", paramLabel = "FILE", description = "A file with a text a line.")
  private Path input;

  @Option(names = "--json", description = "Answer with an array of objects.")
  private boolean json;

  /** Takes the next word as a text, also when it begins with a dash. */
  static final class AsItIs implements IParameterConsumer {
    @Override
    public void consumeParameters(Stack<String> words, ArgSpec option, CommandSpec command) {
      if (words.isEmpty()) {
        throw new ParameterException(
            command.commandLine(), "missing required parameter for option '--text' (TEXT)");
      }
      List<String> texts = new ArrayList<>(option.<List<String>>getValue());
      texts.add(words.pop());
      option.setValue(texts);
    }
  }

  PredictCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (submission.isAsked()) {
      submission.write(run, load, console, json);
      return 0;
    }
    List<Answer> answers = submission.split() == null ? ofLines() : ofSplit();
    console.answer(
        json,
        answers,
        answers.stream().map(PredictCommand::line).collect(Collectors.joining("\n")));
    return 0;
  }

  private List<Answer> ofSplit() {
    if (run == null || input != null || !texts.isEmpty()) {
      throw UserError.usage("predict: --split takes RUN, and no --adapter, --text or --input");
    }
    return PredictRun.split(
        run, submission.data(), submission.split(), load.model, load.environment(console));
  }

  private List<Answer> ofLines() {
    List<String> all = new ArrayList<>(texts);
    if (input != null) {
      all.addAll(lines(input));
    }
    if (all.isEmpty()) {
      throw UserError.usage("predict: no text. Give --text TEXT, --input FILE or --split SPLIT");
    }
    if ((run == null) == adapters.isEmpty()) {
      throw UserError.usage("predict: give RUN, or --adapter NAME=RUN, one of the two");
    }
    return run == null
        ? PredictRun.lines(AdapterSet.named(adapters), all, load.model, load.environment(console))
        : PredictRun.lines(run, all, load.model, load.environment(console));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
          .filter(line -> !line.isBlank())
          .toList();
    } catch (IOException e) {
      throw new UserError(
          UserError.Kind.FILE, file + ": no such file, or it is not text in UTF-8", e);
    }
  }

  private static String line(Answer answer) {
    String adapter = answer.adapter() == null ? "" : answer.adapter() + "\t";
    if (answer.value() != null) {
      return String.format(Locale.ROOT, "%s%.4f\t%s", adapter, answer.value(), answer.text());
    }
    String probabilities =
        answer.probabilities().entrySet().stream()
            .map(e -> String.format(Locale.ROOT, "%s %.4f", e.getKey(), e.getValue()))
            .collect(Collectors.joining(", "));
    return adapter + answer.label() + "\t" + probabilities + "\t" + answer.text();
  }
}

package io.github.tlora.cli;

import io.github.tlora.UserError;
import io.github.tlora.doctor.Check;
import io.github.tlora.doctor.DoctorRun;
import io.github.tlora.run.Environment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tlora doctor}. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    header = "Report what is found on this machine and in a checkpoint.",
    description = {
      "",
      "Without --model: Java, engine, memory, and where models are kept. With it also",
      "what of the checkpoint will be used, what is ignored, and what is missing.",
      "Exit code 3 says that something needed is missing or damaged.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  tlora doctor",
      "  tlora doctor --model path/to/roberta-base",
      "  tlora doctor --model roberta-large-mnli --task rte --json"
    })
final class DoctorCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = "A directory, or a name.")
  private String model;

  @Option(
      names = {"-t", "--task"},
      paramLabel = "TASK",
      description = "Compare its labels with those of the model's own head.")
  private String task;

  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (task != null && model == null) {
      throw UserError.usage("--task compares labels with a model's: give --model too");
    }
    DoctorRun.Report report = DoctorRun.examine(model, task, Environment.current());
    console.answer(json, report, text(report.checks()));
    if (!report.usable()) {
      throw new UserError(
          report.lacksEngine() ? UserError.Kind.DEVICE : UserError.Kind.FILE,
          "doctor: missing or damaged: "
              + String.join(", ", report.faulty())
              + ". The report on stdout says what to do");
    }
    return 0;
  }

  private String text(List<Check> checks) {
    List<String> lines = new ArrayList<>();
    int number = 1;
    for (Check check : checks) {
      String mark = console.hasSigns() ? sign(check.status()) : check.status().word();
      String form = console.hasSigns() ? "%2d %s %-9s " : "%2d %-7s %-9s ";
      String start = String.format(Locale.ROOT, form, number++, mark, check.id());
      lines.add(start + check.found());
      if (check.fix() != null) {
        lines.add(" ".repeat(start.length()) + check.fix());
      }
    }
    return String.join(System.lineSeparator(), lines);
  }

  private static String sign(Check.Status status) {
    return switch (status) {
      case OK -> "✓";
      case WARNING -> "!";
      case MISSING -> "✗";
    };
  }
}

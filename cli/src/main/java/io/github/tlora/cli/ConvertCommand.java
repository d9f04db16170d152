package io.github.tlora.cli;

import io.github.tlora.UserError;
import io.github.tlora.run.ConvertRun;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora convert}. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    header = "Turn an adapter into a LoRA of Hugging Face PEFT, or bring in one from there.",
    description = {
      "RUN --to peft-lora writes the LoRA that has the effect of a tlora, lora-xs, vera, lora-fa or"
          + " lora adapter. lora, lora-fa, dora and vera are in PEFT's layout as they are.",
      "--from DIR --task TASK makes an adapter of tlora from a LoRA, DoRA or VeRA that PEFT wrote."
    },
    footer = {
      "",
      "Examples:",
      "  tlora convert runs/sst2-bundled-tlora-r8-s0 --to peft-lora -o peft-lora",
      "  tlora convert --from peft-adapter --task sst2 -o brought-in"
    })
final class ConvertCommand implements Callable<Integer> {
  private static final String PEFT_LORA = "peft-lora";

  private final Console console;

  @Parameters(
      paramLabel = "RUN",
      arity = "0..1",
      description = "A run directory, or an adapter's; with --to.")
  private Path run;

  @Heading("Direction")
  @Option(names = "--to", paramLabel = "FORM", description = "peft-lora.")
  private String to;

  @Option(
      names = "--from",
      paramLabel = "PEFT_DIR",
      description = "The directory of an adapter that PEFT wrote.")
  private Path from;

  @Heading("Of an adapter from PEFT")
  @Option(
      names = {"-t", "--task"},
      paramLabel = "TASK",
      description = "What that adapter was trained on; its logits are the task's labels in order.")
  private String task;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = "Tokens at which rows are cut (default: 128); with --from.")
  private Integer maxLength;

  @Heading("Output")
  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description = "The new adapter's directory; must not exist.")
  private Path output;

  @Option(names = "--json", description = "Answer as JSON.")
  private boolean json;

  @Mixin private LoadOptions load;

  ConvertCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ConvertRun.Result result = from == null ? export() : bringIn();
    result.notes().forEach(note -> console.say("tlora: " + note));
    console.answer(json, result, line(result));
    return 0;
  }

  private ConvertRun.Result export() {
    if (run == null || to == null) {
      throw UserError.usage(
          "convert: give RUN and --to " + PEFT_LORA + ", or --from PEFT_DIR and --task TASK");
    }
    if (!to.equals(PEFT_LORA)) {
      throw UserError.usage("--to must be " + PEFT_LORA + ", got '" + to + "'");
    }
    if (task != null || maxLength != null) {
      throw UserError.usage("convert: --task and --max-length go with --from; RUN has its own");
    }
    return ConvertRun.toPeftLora(run, output, load.model, load.environment(console));
  }

  private ConvertRun.Result bringIn() {
    if (run != null || to != null) {
      throw UserError.usage("convert: --from stands alone; RUN and --to are the other direction");
    }
    if (task == null) {
      throw UserError.usage(
          "convert: an adapter of PEFT's does not say what it was trained on. Give --task TASK");
    }
    return ConvertRun.fromPeft(
        from,
        task,
        load.model,
        maxLength == null ? ConvertRun.MAX_LENGTH : maxLength,
        output,
        load.environment(console));
  }

  private static String line(ConvertRun.Result result) {
    String what =
        String.format(
            Locale.ROOT,
            "%s: %s of rank %d on %d matrices",
            result.output(),
            result.method(),
            result.rank(),
            result.matrices());
    return result.largestDifference() == null
        ? what + ", from PEFT"
        : what
            + String.format(
                Locale.ROOT, "; max |dW| before and after: %.3g", result.largestDifference());
  }
}

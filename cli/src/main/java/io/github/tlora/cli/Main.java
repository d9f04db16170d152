package io.github.tlora.cli;

import io.github.tlora.UserError;
import io.github.tlora.Version;
import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The command {@code tlora}. */
@Command(
    name = "tlora",
    mixinStandardHelpOptions = true,
    versionProvider = Main.VersionLine.class,
    header = "Fine-tunes BERT, RoBERTa and DeBERTa encoders with tiny adapters.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TrainCommand.class,
      EvalCommand.class,
      BaselineCommand.class,
      RepeatCommand.class,
      RunsCommand.class,
      PredictCommand.class,
      MergeCommand.class,
      UnmergeCommand.class,
      CombineCommand.class,
      ConvertCommand.class,
      ParamsCommand.class,
      MethodsCommand.class,
      ConfigCommand.class,
      ConfigsCommand.class,
      GetCommand.class,
      DataCommand.class,
      DoctorCommand.class,
      BenchCommand.class,
      ExportCommand.class,
      CompletionCommand.class,
      ManpagesCommand.class,
      HelpCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  tlora train --task sst2 --rank 8        train on the bundled sample",
      "  tlora eval runs/sst2-bundled-tlora-r8-s0",
      "  tlora merge runs/sst2-bundled-tlora-r8-s0 -o merged",
      "",
      "Environment:",
      "  TLORA_HOME       models, data and what is kept (default: ~/.cache/tlora)",
      "  TLORA_JAVA_OPTS  options of the JVM, such as -Xmx4g",
      "  HF_HOME          where Hugging Face's own tools keep models",
      "  NO_COLOR         set to anything, there are no colours",
      "",
      "Exit codes:",
      "    0  done",
      "    1  ran but failed",
      "    2  usage or configuration",
      "    3  a file is missing or damaged",
      "    4  engine or device",
      "   70  a bug in tlora",
      "  130  interrupted",
      "  143  terminated"
    })
public final class Main implements Runnable {
  /** Exit code for a fault of the tool's own. */
  public static final int BUG = 70;

  /** Held here, or its level would be forgotten with it. */
  private static final Logger TRIBUO = Logger.getLogger("org.tribuo");

  @Spec private CommandSpec spec;
  @Mixin private GlobalOptions options;

  private final Console console;

  Main(Console console) {
    this.console = console;
  }

  /** Runs the command line and exits with its code. */
  public static void main(String[] args) {
    // Quiet libraries: what they would say is in the error that we print.
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
    TRIBUO.setLevel(Level.OFF);
    Stdout stdout = new Stdout();
    PrintStream out =
        new PrintStream(new BufferedOutputStream(stdout), false, StandardCharsets.UTF_8);
    if (args.length == 1 && args[0].equals("--version")) {
      out.println(VersionLine.TEXT); // what scripts ask at every turn needs no command line
      out.flush();
      return;
    }
    Signals.endTheProcess();
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    int code = run(out, err, Terminal.ofProcess(), args);
    out.flush();
    if (code == 0 && stdout.failure().isPresent()) {
      err.println("tlora: stdout: cannot be written (" + stdout.failure().get() + ")");
      code = UserError.Kind.FAILED.exitCode();
    }
    System.exit(code);
  }

  /**
   * Runs the command line.
   *
   * @param out where answers go
   * @param err where talk goes
   * @param terminal which of the two a person watches: a progress bar instead of plain lines
   * @return the exit code
   */
  static int run(PrintStream out, PrintStream err, Terminal terminal, String... args) {
    Console console = new Console(out, err, terminal);
    console.obey(GlobalOptions.typedIn(args)); // until all is parsed
    ErrorPrinter errors = new ErrorPrinter(console);
    CommandLine commands = commandLine(console);
    commands.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    commands.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    commands.setParameterExceptionHandler(errors::usage);
    commands.setExecutionExceptionHandler((e, command, parsed) -> errors.failure(e));
    Main main = commands.getCommand();
    commands.setExecutionStrategy(main::execute);
    try {
      return commands.execute(args);
    } catch (RuntimeException | Error e) { // picocli hands on the commands' exceptions only
      return errors.failure(e);
    }
  }

  /** All commands, without what is done about faults. */
  static CommandLine commandLine(Console console) {
    CommandLine commands = new CommandLine(new Main(console), new CommandFactory(console));
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    HelpPage.printedBy(commands, console);
    commands.setExpandAtFiles(false); // a text may begin with @
    giveVersion(commands);
    return commands;
  }

  private int execute(ParseResult parsed) {
    ParseResult command = parsed;
    while (command.hasSubcommand()) {
      command = command.subcommand();
    }
    options.check(command.commandSpec().commandLine());
    console.obey(options);
    if (options.isVerbose()) {
      Surroundings.of(command).forEach(console::detail);
    }
    long started = System.nanoTime();
    int code = new CommandLine.RunLast().execute(parsed);
    console.detail(String.format(Locale.ROOT, "took %.2f s", (System.nanoTime() - started) / 1e9));
    return code;
  }

  private static void giveVersion(CommandLine command) {
    command.getCommandSpec().versionProvider(new VersionLine());
    command.getSubcommands().values().forEach(Main::giveVersion);
  }

  @Override
  public void run() {
    spec.commandLine().usage(console.out());
  }

  /** Gives commands the console that this invocation was run with. */
  private record CommandFactory(Console console) implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      try {
        return type.getDeclaredConstructor(Console.class).newInstance(console);
      } catch (NoSuchMethodException e) {
        return CommandLine.defaultFactory().create(type);
      }
    }
  }

  /** {@code tlora 0.1.0}. */
  static final class VersionLine implements CommandLine.IVersionProvider {
    static final String TEXT = "tlora " + Version.current();

    @Override
    public String[] getVersion() {
      return new String[] {TEXT};
    }
  }
}

package io.github.tlora.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.run.Json;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Where a command's words go: the answer to stdout, the talk to stderr, as much of it and in the
 * form that the options of every command ask for.
 */
final class Console {
  private final PrintStream out;
  private final PrintStream err;
  private final Terminal terminal;
  private GlobalOptions options = new GlobalOptions();

  /** A line of talk with {@code --log-format json}. */
  private record LogLine(
      String time,
      String level,
      String message,
      @JsonInclude(JsonInclude.Include.NON_NULL) String stacktrace) {}

  private enum Level {
    DETAIL("debug"),
    INFO("info"),
    WARNING("warning"),
    ERROR("error");

    private final String word;

    Level(String word) {
      this.word = word;
    }
  }

  Console(PrintStream out, PrintStream err, Terminal terminal) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  /** Talks as {@code options} say from now on. */
  void obey(GlobalOptions options) {
    this.options = options;
  }

  PrintStream out() {
    return out;
  }

  /** For what redraws itself on a {@link #terminal}; all else is said. */
  PrintStream err() {
    return err;
  }

  /** Whether a person watches who wants to see progress drawn. */
  boolean terminal() {
    return terminal.talks() && !options.isQuiet() && !options.isJson();
  }

  /** Whether a person reads answers on a terminal that has signs such as a check mark. */
  boolean hasSigns() {
    return terminal.shows() && System.getProperty("native.encoding", "").equalsIgnoreCase("UTF-8");
  }

  /** Colours of answers. */
  Paint paint() {
    return new Paint(options.colours(terminal.shows() && terminal.colours()));
  }

  private Paint talkPaint() {
    return new Paint(options.colours(terminal.talks() && terminal.colours()));
  }

  /** Columns of help: what fits, and no more than one likes to read. */
  int helpWidth() {
    return terminal.shows() && terminal.width() > 0
        ? Math.min(terminal.width(), Terminal.USUAL_WIDTH)
        : Terminal.USUAL_WIDTH;
  }

  /** Columns of answers; without end where no terminal shows them. */
  int width() {
    return terminal.shows() && terminal.width() > 0 ? terminal.width() : Integer.MAX_VALUE;
  }

  /** Says something to a person. */
  void say(String text) {
    if (!options.isQuiet()) {
      write(Level.INFO, text, null);
    }
  }

  /** Says what only somebody who looks for a fault wants to know. */
  void detail(String text) {
    if (options.isVerbose()) {
      write(Level.DETAIL, "tlora: " + text, null);
    }
  }

  /** Says that something is not as it should be, and that the work goes on. */
  void warn(String text) {
    write(Level.WARNING, text, null);
  }

  /**
   * Says what is wrong, in a line or several.
   *
   * @param cause whose trace is shown where traces are asked for
   */
  void error(String text, Throwable cause) {
    error(text, cause, options.showsTraces());
  }

  /** The same with the trace, for a fault of the tool's own. */
  void bug(String text, Throwable cause) {
    error(text, cause, true);
  }

  private void error(String text, Throwable cause, boolean withTrace) {
    StringWriter trace = new StringWriter();
    cause.printStackTrace(new PrintWriter(trace));
    write(Level.ERROR, text, withTrace ? trace.toString().stripTrailing() : null);
  }

  /** Answers, as JSON or as text. */
  void answer(boolean asJson, Object record, String text) {
    out.println(
        asJson
            ? Json.pretty(record)
            : terminal.shows() ? LineBreaks.fit(text, terminal.width()) : text);
    out.flush();
  }

  private void write(Level level, String text, String trace) {
    if (options.isJson()) {
      String time = Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
      text.lines()
          .map(line -> line.replaceFirst("^tlora: ", ""))
          .map(line -> Json.line(new LogLine(time, level.word, line, trace)))
          .forEach(err::println);
      return;
    }
    text.lines().map(line -> shown(level, line)).forEach(err::println);
    if (trace != null) {
      err.println(trace);
    }
  }

  private String shown(Level level, String line) {
    return switch (level) {
      case ERROR -> talkPaint().red("tlora:") + " " + line;
      case WARNING -> talkPaint().yellow("tlora: warning:") + " " + line;
      case DETAIL -> line;
      case INFO -> terminal.talks() ? LineBreaks.fit(line, terminal.width()) : line;
    };
  }
}

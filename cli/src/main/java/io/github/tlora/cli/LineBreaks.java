package io.github.tlora.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Breaks lines that are too long for a screen, between words. */
final class LineBreaks {
  /** What colours text and takes no room. */
  private static final Pattern STYLE = Pattern.compile("\033\\[[0-9;]*m");

  /** Where the next column of a table begins. */
  private static final Pattern GAP = Pattern.compile("\\S(  +)(?=\\S)");

  private LineBreaks() {}

  /** {@code text} as lines of at most {@code width}; a longer word has a line of its own. */
  static List<String> wrap(String text, int width) {
    return broken(text, width, 0);
  }

  /**
   * {@code text} where every row of a table that is longer than {@code width} goes on below, under
   * its last column that leaves a third for it. Other lines stay whole: the terminal breaks them
   * without cutting what is copied, and lines with tabs are data.
   */
  static String fit(String text, int width) {
    return text.lines()
        .flatMap(line -> row(line, width).stream())
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private static List<String> row(String line, int width) {
    int indent = indent(line, width);
    boolean stays = length(line) <= width || indent == 0 || line.contains("\t");
    return stays ? List.of(line) : broken(line, width, indent);
  }

  private static int indent(String line, int width) {
    String plain = STYLE.matcher(line).replaceAll("");
    int indent = plain.length() - plain.stripLeading().length();
    Matcher gap = GAP.matcher(plain);
    while (gap.find() && gap.end() <= width * 2 / 3) {
      indent = gap.end();
    }
    return indent;
  }

  private static List<String> broken(String text, int width, int indent) {
    List<String> lines = new ArrayList<>();
    String rest = text.stripTrailing();
    int start = indent; // no break before the column where lines go on
    while (length(rest) > width) {
      int end = lastSpace(rest, start, width);
      if (end < 0) {
        break;
      }
      lines.add(rest.substring(0, end).stripTrailing());
      rest = " ".repeat(indent) + rest.substring(end).strip();
    }
    lines.add(rest);
    return lines;
  }

  /** The last space that leaves at most {@code width} before it, or else the first one after. */
  private static int lastSpace(String text, int start, int width) {
    int found = -1;
    int shown = 0;
    Matcher style = STYLE.matcher(text);
    for (int i = 0; i < text.length(); i++) {
      if (style.region(i, text.length()).lookingAt()) {
        i = style.end() - 1;
        continue;
      }
      if (text.charAt(i) == ' ' && shown > start && text.charAt(i - 1) != ' ') {
        if (shown > width) {
          return found < 0 ? i : found;
        }
        found = i;
      }
      shown++;
    }
    return found;
  }

  private static int length(String text) {
    return STYLE.matcher(text).replaceAll("").length();
  }
}

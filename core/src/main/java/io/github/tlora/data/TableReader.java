package io.github.tlora.data;

import io.github.tlora.UserError;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Makes a task's rows of a table. Strict: a row that does not fit is an error with file and line.
 */
final class TableReader {
  /** How columns are called that number the rows of a test split. */
  private static final List<String> INDEX = List.of("index", "idx", "id");

  private final String file;
  private final List<TableLayout> layouts;
  private final Labels labels;
  private final boolean skipsShort;

  private TableLayout layout; // the one that the file has
  private List<TableLayout> alike; // those with the same columns, which may write classes otherwise
  private int text;
  private int pair = -1;
  private int label = -1;
  private int index = -1;
  private int line;

  /** Whether rows must have their label. */
  enum Labels {
    NEEDED,
    /** As in a test split: read where they are. */
    OPTIONAL
  }

  /**
   * What a table holds.
   *
   * @param indexes the file's own number of each row; empty where it has no such column
   * @param skipped short rows that were left out
   * @param columns the names in its header; none without one
   */
  record Content(List<Example> rows, List<String> indexes, int skipped, List<String> columns) {}

  /**
   * Reads tables of a file.
   *
   * @param file its name, for messages
   * @param layouts those that it may have; the first whose columns are there counts
   * @param skipsShort whether rows with too few columns are left out and counted
   */
  TableReader(String file, List<TableLayout> layouts, Labels labels, boolean skipsShort) {
    this.file = file;
    this.layouts = layouts;
    this.labels = labels;
    this.skipsShort = skipsShort;
  }

  /**
   * The rows of {@code table}.
   *
   * @throws UserError exit 3 for a missing column, a short row, an unknown label, a number that is
   *     none, or no rows
   */
  Content read(Table table) {
    return read(
        table,
        fault -> {
          throw fault;
        });
  }

  /**
   * The same where rows that do not fit are left out.
   *
   * @param faults hears of each; one that throws ends the reading
   * @throws UserError exit 3 for a missing column
   */
  Content read(Table table, Consumer<UserError> faults) {
    List<Example> rows = new ArrayList<>();
    List<String> indexes = new ArrayList<>();
    List<String> columns = List.of();
    int skipped = 0;
    try {
      Table.Row row = next(table, faults);
      choose(row == null ? null : row.cells());
      if (layout.hasHeader()) {
        columns = row.cells();
        row = next(table, faults);
      }
      for (; row != null; row = next(table, faults)) {
        line = row.line();
        if (isShort(row.cells()) && skipsShort) {
          skipped++;
          continue;
        }
        Example example = fitting(row.cells(), faults);
        if (example != null) {
          rows.add(example);
          if (index >= 0) {
            indexes.add(cell(row.cells(), index));
          }
        }
      }
    } catch (CharacterCodingException e) {
      faults.accept(
          new UserError(
              UserError.Kind.FILE, file + ": is not UTF-8 text, somewhere after line " + line, e));
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, file + ": cannot be read to its end", e);
    }
    if (rows.isEmpty()) {
      faults.accept(UserError.file(file + ": has no rows"));
    }
    return new Content(rows, indexes, skipped, columns);
  }

  /** The next row that is one. */
  private static Table.Row next(Table table, Consumer<UserError> faults) throws IOException {
    String before = null;
    while (true) {
      try {
        return table.next();
      } catch (UserError e) {
        faults.accept(e);
        if (e.getMessage().equals(before)) {
          return null; // the reader cannot get over it
        }
        before = e.getMessage();
      }
    }
  }

  /** The row, or null where it does not fit. */
  private Example fitting(List<String> cells, Consumer<UserError> faults) {
    try {
      return example(cells);
    } catch (UserError e) {
      faults.accept(e);
      return null;
    }
  }

  /** Finds the layout of a file that begins with the cells {@code first}; null if it is empty. */
  private void choose(List<String> first) {
    boolean isNeeded = labels == Labels.NEEDED;
    List<TableLayout> fitting =
        layouts.stream()
            .filter(l -> l.hasHeader() && first != null)
            .filter(l -> first.containsAll(l.columns(isNeeded)))
            .sorted(Comparator.comparing((TableLayout l) -> !first.contains(l.label())))
            .toList();
    layout =
        fitting.stream()
            .findFirst()
            .or(() -> layouts.stream().filter(l -> !l.hasHeader()).findFirst())
            .orElse(layouts.get(0));
    if (first == null && layout.hasHeader()) {
      throw UserError.file(file + ": is empty. It needs a header line and rows");
    }
    List<String> names = layout.hasHeader() ? first : List.of();
    text = column(names, layout.text());
    pair = layout.pair() == null ? -1 : column(names, layout.pair());
    label =
        isNeeded || !layout.hasHeader()
            ? column(names, layout.label())
            : names.indexOf(layout.label());
    if (labels == Labels.OPTIONAL) {
      index = INDEX.stream().mapToInt(names::indexOf).filter(i -> i >= 0).findFirst().orElse(-1);
    }
    alike =
        layout.hasHeader()
            ? fitting.stream().filter(l -> l.columns(true).equals(layout.columns(true))).toList()
            : List.of(layout);
  }

  private int column(List<String> columns, String name) {
    if (!layout.hasHeader()) {
      return Integer.parseInt(name);
    }
    int found = columns.indexOf(name);
    if (found < 0) {
      throw UserError.file(
          file + ":1: has no column '" + name + "'. Its columns: " + String.join(", ", columns));
    }
    return found;
  }

  private int needed() {
    return Math.max(Math.max(text, pair), labels == Labels.NEEDED ? label : -1) + 1;
  }

  private boolean isShort(List<String> cells) {
    return cells.size() < needed();
  }

  private Example example(List<String> cells) {
    if (isShort(cells)) {
      throw fault(
          "has "
              + cells.size()
              + " column"
              + (cells.size() == 1 ? "" : "s")
              + ", but the task needs "
              + needed());
    }
    String first = required(cells, text, layout.text());
    String second = pair < 0 ? null : required(cells, pair, layout.pair());
    if (labels == Labels.OPTIONAL && isWithheld(cells)) {
      return new Example(first, second, -1);
    }
    String given = required(cells, label, layout.label());
    return layout.values().isEmpty()
        ? Example.ofValue(first, second, value(given))
        : new Example(first, second, known(given));
  }

  private static String cell(List<String> cells, int column) {
    return column < 0 || column >= cells.size() ? null : cells.get(column);
  }

  private String required(List<String> cells, int column, String name) {
    String cell = cell(cells, column);
    if (cell == null) {
      throw fault("has no " + name);
    }
    return cell;
  }

  private boolean isWithheld(List<String> cells) {
    String cell = cell(cells, label);
    return cell == null
        || cell.isBlank()
        || alike.stream()
            .map(TableLayout::unknown)
            .anyMatch(number -> cell.strip().matches(number + "(\\.0*)?"));
  }

  private int known(String cell) {
    for (TableLayout other : alike) {
      int found = other.values().indexOf(cell.strip());
      if (found >= 0) {
        return found;
      }
    }
    throw fault(
        "label '" + cell + "' is not one of the task's: " + String.join(", ", layout.values()));
  }

  private float value(String cell) {
    try {
      // Not Float.parseFloat, which also takes NaN, 1f and 0x1p3.
      float value = new BigDecimal(cell.strip()).floatValue();
      if (Float.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw fault(layout.label() + " '" + cell + "' is not a finite number. Write it as in 3.25");
  }

  private UserError fault(String what) {
    return UserError.file(file + ":" + line + ": " + what);
  }
}

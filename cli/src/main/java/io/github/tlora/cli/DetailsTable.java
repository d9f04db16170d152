package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.metric.Details;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What is known of predictions class by class, as text. */
final class DetailsTable {
  private DetailsTable() {}

  /** The details of each split. */
  static String of(Map<String, Details> splits) {
    return splits.entrySet().stream()
        .map(
            split ->
                (splits.size() == 1 ? "" : split.getKey() + ":" + System.lineSeparator())
                    + of(split.getValue()))
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private static String of(Details details) {
    if (details instanceof Details.OfNumbers numbers) {
      return String.format(
          Locale.ROOT,
          "rmse %.4f, mae %.4f, predicted numbers from %.4f to %.4f",
          numbers.rmse(),
          numbers.mae(),
          numbers.lowest(),
          numbers.highest());
    }
    Details.OfClasses classes = (Details.OfClasses) details;
    return table(scores(classes))
        + System.lineSeparator()
        + System.lineSeparator()
        + table(confusion(classes));
  }

  private static List<List<String>> scores(Details.OfClasses classes) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("class", "precision", "recall", "f1", "rows", "predicted"));
    for (Details.OfClass of : classes.classes()) {
      rows.add(
          List.of(
              of.label(),
              share(of.precision()),
              share(of.recall()),
              share(of.f1()),
              Quantity.number(of.rows()),
              Quantity.number(of.predicted())));
    }
    Details.Macro macro = classes.macro();
    rows.add(
        List.of(
            "(mean)", share(macro.precision()), share(macro.recall()), share(macro.f1()), "", ""));
    return rows;
  }

  private static List<List<String>> confusion(Details.OfClasses classes) {
    List<List<String>> rows = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("true, predicted as"));
    header.addAll(classes.labels());
    rows.add(header);
    for (int i = 0; i < classes.labels().size(); i++) {
      List<String> row = new ArrayList<>(List.of(classes.labels().get(i)));
      for (long count : classes.confusion().get(i)) {
        row.add(Quantity.number(count));
      }
      rows.add(row);
    }
    return rows;
  }

  private static String share(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static String table(List<List<String>> rows) {
    return TextTable.of(rows, Set.of(0));
  }
}

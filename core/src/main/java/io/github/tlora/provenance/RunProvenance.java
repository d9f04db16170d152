package io.github.tlora.provenance;

import com.oracle.labs.mlrg.olcut.config.json.JsonProvenanceSerialization;
import com.oracle.labs.mlrg.olcut.provenance.Provenance;
import com.oracle.labs.mlrg.olcut.provenance.ProvenanceException;
import com.oracle.labs.mlrg.olcut.provenance.ProvenanceUtil;
import com.oracle.labs.mlrg.olcut.provenance.io.ProvenanceSerializationException;
import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.tribuo.provenance.ModelProvenance;

/**
 * Everything that a training run came from, as Tribuo's provenance of a model. It is written in
 * OLCUT's JSON, which Tribuo's own tools read.
 */
public final class RunProvenance {
  private static final String MODEL = "io.github.tlora.model.SequenceClassifier";

  private final ModelProvenance model;

  private RunProvenance(ModelProvenance model) {
    this.model = model;
  }

  /**
   * What a run started from.
   *
   * @param data names, rows and hashes of its files
   * @param rows that are learnt from
   * @param labels of the task
   * @param configuration every setting, in groups
   * @param origin weights, tokenizer, seed, versions, device: in groups
   */
  public static RunProvenance of(
      Map<String, ?> data,
      int rows,
      int labels,
      Map<String, ?> configuration,
      Map<String, ?> origin) {
    return new RunProvenance(
        new ModelProvenance(
            MODEL,
            OffsetDateTime.now(ZoneOffset.UTC),
            new TrainingRows(new DataFiles(Entries.provenance(data)), rows, labels),
            new FineTuning(Entries.provenance(configuration)),
            Entries.provenance(origin)));
  }

  /** The same with what has come out: {@code outcome} in groups. */
  public RunProvenance with(Map<String, ?> outcome) {
    Map<String, Provenance> all = new HashMap<>(model.getInstanceProvenance().getMap());
    all.putAll(Entries.provenance(outcome));
    return new RunProvenance(
        new ModelProvenance(
            MODEL,
            model.getTrainingTime(),
            model.getDatasetProvenance(),
            model.getTrainerProvenance(),
            all));
  }

  /** Tribuo's own object. */
  ModelProvenance model() {
    return model;
  }

  /** The content of provenance.json. */
  public String toJson() {
    return new JsonProvenanceSerialization(true)
        .serializeToString(ProvenanceUtil.marshalProvenance(model));
  }

  /**
   * Reads a provenance.json.
   *
   * @throws UserError exit 3 when it is missing or not what {@link #toJson} writes
   */
  public static RunProvenance read(Path file) {
    try {
      return new RunProvenance(
          (ModelProvenance)
              ProvenanceUtil.unmarshalProvenance(
                  new JsonProvenanceSerialization(false)
                      .deserializeFromString(Files.readString(file))));
    } catch (NoSuchFileException e) {
      throw new UserError(
          UserError.Kind.FILE, file + ": no such file: the run did not record its provenance", e);
    } catch (IOException
        | ProvenanceSerializationException
        | ProvenanceException
        | ClassCastException
        | IllegalArgumentException
        | IndexOutOfBoundsException e) {
      throw new UserError(
          UserError.Kind.FILE,
          file + ": is damaged, or not the provenance of a run. Train anew instead",
          e);
    }
  }

  /**
   * Every value by its key, as text: {@code data}, {@code config} and what the run started from.
   */
  public Map<String, String> items() {
    Map<String, String> items = new TreeMap<>();
    Entries.addText(items, "data.", model.getDatasetProvenance().getSourceProvenance());
    Entries.addText(items, "config.", model.getTrainerProvenance());
    Entries.addText(items, "", model.getInstanceProvenance());
    items.put("version.tribuo", model.getTribuoVersion());
    items.put("version.java", model.getJavaVersion());
    items.put("os.name", model.getOS());
    items.put("os.arch", model.getArch());
    return items;
  }
}

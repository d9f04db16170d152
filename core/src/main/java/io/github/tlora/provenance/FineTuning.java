package io.github.tlora.provenance;

import com.oracle.labs.mlrg.olcut.provenance.Provenance;
import com.oracle.labs.mlrg.olcut.util.Pair;
import java.util.Iterator;
import java.util.Map;
import org.tribuo.provenance.TrainerProvenance;

/**
 * How a run trained: its whole configuration.
 *
 * @param entries each setting by its key, groups joined by dots
 */
public record FineTuning(Map<String, Provenance> entries) implements TrainerProvenance {
  private static final String OF = "io.github.tlora.train.Trainer";

  /** OLCUT reads it back through this constructor. */
  public FineTuning {
    entries = Entries.values(entries);
  }

  @Override
  public String getClassName() {
    return OF;
  }

  @Override
  public Map<String, Provenance> getConfiguredParameters() {
    return entries;
  }

  @Override
  public Iterator<Pair<String, Provenance>> iterator() {
    return Entries.iterator(OF, entries);
  }
}

package io.github.tlora.provenance;

import com.oracle.labs.mlrg.olcut.provenance.Provenance;
import com.oracle.labs.mlrg.olcut.util.Pair;
import java.util.Iterator;
import java.util.Map;
import org.tribuo.provenance.DataSourceProvenance;

/**
 * Where a run's rows came from: names, numbers of rows and SHA-256 of the files.
 *
 * @param entries each by its key
 */
public record DataFiles(Map<String, Provenance> entries) implements DataSourceProvenance {
  private static final String OF = "io.github.tlora.data.Dataset";

  /** OLCUT reads it back through this constructor. */
  public DataFiles {
    entries = Entries.values(entries);
  }

  @Override
  public String getClassName() {
    return OF;
  }

  @Override
  public Iterator<Pair<String, Provenance>> iterator() {
    return Entries.iterator(OF, entries);
  }
}

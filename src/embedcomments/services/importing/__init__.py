"""From other systems' exports to threads: readers parse and know no database, ``write.py`` stores."""

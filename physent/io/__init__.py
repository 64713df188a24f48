import os

# A lock of ours keeps two writers apart (`physent.io.files`); HDF5's own fails on file systems without locks. The
# library reads this when netCDF4 is imported.
os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")

import os

# Our own lock keeps two writers apart (`physent.io.files`); HDF5's fails on file systems without locks. The HDF5
# library reads this variable when netCDF4 is imported.
os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")

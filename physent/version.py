"""The version of this source, in a file of its own because every command reads it first."""

VERSION = "0.1.0"

"""DTS-Go's messages and services: the .proto files, and what ``bin/protos`` generates from them."""

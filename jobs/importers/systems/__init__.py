"""Jobs of systems that run: asked for over HTTP or gRPC, and read as their files are."""

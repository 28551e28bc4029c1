//! Files nobody wrote by hand.

/// Whether a path is generated or vendored by the conventions of common build tools and package managers.
///
/// Left out where factors are measured by `gonogo-1-authored`. Source: the path rules of GitHub's linguist
/// (`vendor.yml`, `generated.rb`), reduced to those that name a whole directory or an exact file name or ending.
pub fn is_generated_or_vendored(path: &[u8]) -> bool {
    const DIRECTORIES: [&[u8]; 10] = [
        b"vendor",
        b"vendored",
        b"node_modules",
        b"third_party",
        b"third-party",
        b"bower_components",
        b"__generated__",
        b"generated",
        b"Pods",
        b"Carthage",
    ];
    const NAMES: [&[u8]; 13] = [
        b"Cargo.lock",
        b"package-lock.json",
        b"npm-shrinkwrap.json",
        b"yarn.lock",
        b"pnpm-lock.yaml",
        b"Gemfile.lock",
        b"composer.lock",
        b"poetry.lock",
        b"Pipfile.lock",
        b"uv.lock",
        b"go.sum",
        b"mix.lock",
        b"flake.lock",
    ];
    const ENDINGS: [&[u8]; 10] = [
        b".min.js",
        b".min.css",
        b".pb.go",
        b".pb.cc",
        b".pb.h",
        b"_pb2.py",
        b"_pb2_grpc.py",
        b".g.dart",
        b".designer.cs",
        b".snap",
    ];
    let mut components = path.split(|&byte| byte == b'/').rev();
    let name = components.next().unwrap_or_default();
    NAMES.contains(&name)
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || components.any(|directory| DIRECTORIES.contains(&directory))
}

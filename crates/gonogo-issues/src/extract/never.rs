//! Words that look like the project of a key and are none.

/// Never a project, whatever the number: standards, encodings, licences, advisories, design documents, and the names other
/// styles have for their keys. Sorted.
const NEVER: &[&str] = &[
    "ADR", "AES", "AGPL", "AIP", "ALPHA", "AMD", "ANSI", "ARM", "ASCII", "ASN", "AVX", "BASE", "BCP", "BETA", "BF",
    "BIG", "BIP", "BLAKE", "BM", "BSD", "BUG", "BY", "CC", "CEP", "CH", "CL", "COM", "COVID", "CP", "CPU", "CRC",
    "CVE", "CVSS", "CWE", "DDR", "DEP", "DES", "DIN", "DISA", "DSA", "ECDSA", "ECMA", "EIP", "ELSA", "EPL", "ERC",
    "ES", "EUC", "EXIT", "FIPS", "FIXME", "FLIP", "FP", "GB", "GH", "GHSA", "GLSA", "GPL", "GPU", "HIP", "HMAC",
    "HTTP", "HTTPS", "IEC", "IEEE", "IEP", "IETF", "INT", "IPV", "ISBN", "ISO", "ISSN", "ISSUE", "JEP", "JESSIE",
    "JIS", "JPEG", "JSR", "KB", "KEP", "KIP", "KOI", "LATIN", "LGPL", "LINE", "LP", "LZ", "MD", "MIT", "MP", "MPEG",
    "MPL", "MR", "MS", "NEP", "NIST", "NON", "OEP", "OWASP", "PART", "PBKDF", "PCI", "PEP", "PHASE", "PIP", "PKCS",
    "POSIX", "POST", "PR", "PRE", "PSR", "QIP", "RC", "RELEASE", "REV", "RFC", "RFD", "RHBA", "RHEA", "RHSA", "RIP",
    "ROT", "RS", "RSA", "SEP", "SHA", "SHAKE", "SIP", "SOC", "SPDX", "SSE", "SSL", "STEP", "SVN", "TAG", "TEP", "TLS",
    "TODO", "TOP", "UCS", "UINT", "USB", "USN", "UTF", "VER", "VERSION", "WCAG", "WIN", "WINDOWS", "WIP", "XP",
];

/// Languages, platforms and programs, which are written with their version: `JDK-17` is no key and `JDK-8212345` is one. Never
/// a project where the number has at most two digits or is a year. Sorted.
const VERSIONED: &[&str] = &[
    "ALPINE",
    "ANDROID",
    "ANGULAR",
    "APACHE",
    "API",
    "BUILD",
    "CENTOS",
    "CHAPTER",
    "CLANG",
    "CONFIG",
    "CSS",
    "CUDA",
    "DAY",
    "DEBIAN",
    "DOCKER",
    "ERROR",
    "FEDORA",
    "FIREFOX",
    "FREEBSD",
    "GCC",
    "GNOME",
    "GNU",
    "GO",
    "GPT",
    "GTK",
    "HTML",
    "IE",
    "IOS",
    "JAVA",
    "JDK",
    "JRE",
    "JUNIT",
    "KDE",
    "LEVEL",
    "LLVM",
    "LTS",
    "MAC",
    "MACOS",
    "MILESTONE",
    "MODE",
    "MSVC",
    "MYSQL",
    "NET",
    "NODE",
    "NODEJS",
    "OAUTH",
    "OPENJDK",
    "OPENSSL",
    "OSX",
    "PG",
    "PHP",
    "POSTGRES",
    "POSTGRESQL",
    "PYTHON",
    "QT",
    "RAILS",
    "REACT",
    "RHEL",
    "RUBY",
    "RUST",
    "SCALA",
    "SNAPSHOT",
    "SPRING",
    "SPRINT",
    "SWIFT",
    "TEST",
    "TYPE",
    "UBUNTU",
    "VS",
    "VUE",
    "WEB",
    "WEEK",
    "X",
];

/// Whether `project-number` is well known to be no key.
pub(crate) fn is_never(project: &[u8], number: &[u8]) -> bool {
    let find = |list: &[&str]| list.binary_search_by(|word| word.as_bytes().cmp(project)).is_ok();
    let year = number.len() == 4 && (number.starts_with(b"19") || number.starts_with(b"20"));
    find(NEVER) || (number.len() <= 2 || year) && find(VERSIONED)
}

/// First words of branch names that stand before a number and are no project. Sorted.
const BRANCH_WORDS: &[&str] = &[
    "alpha",
    "beta",
    "branch",
    "bug",
    "bugfix",
    "bump",
    "chore",
    "ci",
    "dev",
    "develop",
    "docs",
    "epic",
    "experiment",
    "feat",
    "feature",
    "fix",
    "fixes",
    "go",
    "hotfix",
    "internal",
    "java",
    "jdk",
    "main",
    "maint",
    "maintenance",
    "master",
    "merge",
    "node",
    "part",
    "patch",
    "phase",
    "php",
    "pr",
    "py",
    "python",
    "rc",
    "rel",
    "release",
    "revert",
    "ruby",
    "rust",
    "spike",
    "sprint",
    "stable",
    "stage",
    "step",
    "sync",
    "test",
    "topic",
    "try",
    "update",
    "upgrade",
    "user",
    "utf",
    "ver",
    "version",
    "wip",
];

/// Whether a lower-case word before a number in a branch name is an ordinary word.
pub(crate) fn is_branch_word(word: &[u8]) -> bool {
    BRANCH_WORDS.binary_search_by(|known| known.as_bytes().cmp(word)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_so_that_every_word_of_them_is_found() {
        for list in [NEVER, VERSIONED, BRANCH_WORDS] {
            assert!(list.is_sorted(), "{:?}", list.windows(2).find(|pair| pair[0] > pair[1]));
        }
    }

    #[test]
    fn a_version_of_a_language_is_no_key_and_an_issue_of_its_tracker_is_one() {
        assert!(is_never(b"JDK", b"17"));
        assert!(!is_never(b"JDK", b"8212345"));
        assert!(is_never(b"UTF", b"16"));
        assert!(!is_never(b"KAFKA", b"8"));
    }
}

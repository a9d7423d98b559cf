//! What a decoy would accept proves nothing.

use std::sync::Arc;

use super::{Bench, Outcome, SELF_SIGNED, SIGNED, START_MS, nobody};
use crate::authority::decoys::Decoys;
use crate::authority::mint::Mint;
use crate::authority::{
    AssertionBounds, AssertionError, Claimant, CodeError, NewSecret, PasswordError, SecretError,
    TokenError,
};
use crate::domain::{
    Actor, Claims, KeyAlgorithm, KeyId, MachineSecret, PrincipalId, PrincipalKind, Secret,
    SecretPurpose,
};
use crate::keys::signing::SigningKey;
use crate::keys::totp;

const AUDIENCE: &str = "http://127.0.0.1:8080/v1/auth/tokens/long";

/// A decoy and what fits it, which nobody can know.
struct Known {
    purpose: SecretPurpose,
    id: KeyId,
    fitting: Secret,
}

/// Gives the authority decoys of which the test knows what fits them.
async fn with_known_decoys(bench: &mut Bench) -> Result<Vec<Known>, Box<dyn std::error::Error>> {
    let (private_pem, public_pem) = bench.authority.registry().generate_assertion_key()?;
    let core = Arc::get_mut(&mut bench.authority.core).ok_or("the core is shared")?;
    let mint = Mint {
        sealer: &core.sealer,
        randomness: core.randomness.as_ref(),
        password_cost: core.settings.password_cost,
        at_ms: START_MS,
    };
    let (mut records, mut known) = (Vec::new(), Vec::new());
    for purpose in SecretPurpose::ALL.iter().copied() {
        let secret = match purpose {
            SecretPurpose::Password => NewSecret::password("fitting"),
            SecretPurpose::ClientSecret => NewSecret::Random(MachineSecret::Client),
            SecretPurpose::PasswordGrantSecret => NewSecret::Random(MachineSecret::PasswordGrant),
            SecretPurpose::MerchantSecret => NewSecret::Random(MachineSecret::Merchant),
            SecretPurpose::HmacKey => NewSecret::HmacKey(None),
            SecretPurpose::TotpSeed => NewSecret::TotpSeed(None),
            SecretPurpose::AssertionKey => NewSecret::AssertionKey {
                kid: "k1".to_owned(),
                algorithm: KeyAlgorithm::EdDsa,
                public_pem: public_pem.clone(),
            },
        };
        let (record, value) = mint.make(PrincipalId(0), secret).await?;
        known.push(Known {
            purpose,
            id: record.id.clone(),
            fitting: value.unwrap_or_else(|| private_pem.clone()),
        });
        records.push(record);
    }
    core.decoys = Decoys(records);
    Ok(known)
}

/// Presents what fits a decoy under a name; gives the refusal.
async fn present(bench: &Bench, decoy: &Known, name: &str, secs: i64) -> Outcome {
    let authority = &bench.authority;
    let claimant = Claimant {
        dialect: SIGNED,
        kind: PrincipalKind::Client,
        name,
    };
    let (actor, fitting) = (nobody(), &decoy.fitting);
    let machine = async |sort| {
        let proved = authority.proofs().secret(&actor, claimant, sort, fitting);
        proved.await == Err(SecretError::Wrong)
    };
    let refused = match decoy.purpose {
        SecretPurpose::Password => {
            let proved = authority.proofs().password(&actor, claimant, fitting);
            proved.await == Err(PasswordError::Wrong)
        }
        SecretPurpose::ClientSecret => machine(MachineSecret::Client).await,
        SecretPurpose::PasswordGrantSecret => machine(MachineSecret::PasswordGrant).await,
        SecretPurpose::MerchantSecret => machine(MachineSecret::Merchant).await,
        SecretPurpose::TotpSeed => {
            let code = totp::code_at(fitting, START_MS / 1000).ok_or("no code")?;
            let proved = authority.proofs().totp(&actor, claimant, &code).await;
            proved == Err(CodeError::Wrong)
        }
        SecretPurpose::HmacKey => {
            let claims = Claims::new().with("iss", decoy.id.as_str());
            let token = SigningKey::hs256(fitting.as_bytes());
            let token = token.sign(r#"{"alg":"HS256"}"#, &claims.to_text())?;
            let live = authority.tokens().authenticate(SELF_SIGNED, token.expose());
            assert_eq!(live.await, Err(TokenError::Unknown));
            return Ok(());
        }
        SecretPurpose::AssertionKey => {
            let claims = Claims::new()
                .with("iss", name)
                .with("sub", name)
                .with("aud", AUDIENCE)
                .with("exp", START_MS / 1000 + secs)
                .with("jti", format!("{name}{secs}"));
            let key = SigningKey::ed25519_pem(fitting)?;
            let signed = key.sign(r#"{"alg":"EdDSA","kid":"k1"}"#, &claims.to_text())?;
            let bounds = AssertionBounds {
                audience: AUDIENCE,
                max_life_secs: 300,
            };
            let verified = authority
                .proofs()
                .assertion(&actor, claimant, &signed, bounds);
            let refused = verified.await.map(|principal| principal.name.clone());
            // Not how long it may be either: that is told to holders of a key.
            assert_eq!(refused, Err(AssertionError::Wrong), "{name}");
            return Ok(());
        }
    };
    let purpose = decoy.purpose;
    assert!(refused, "{purpose} of {name}");
    Ok(())
}

#[tokio::test]
async fn what_fits_a_decoy_proves_nobody() -> Outcome {
    let mut bench = Bench::new().await?;
    let decoys = with_known_decoys(&mut bench).await?;
    let (dialect, kind) = (SIGNED, PrincipalKind::Client);
    bench.principal(dialect, kind, "without").await?;
    let disabled = bench.principal(dialect, kind, "disabled").await?;
    bench
        .authority
        .registry()
        .set_enabled(&Actor::operator(), &disabled, false)
        .await?;
    for decoy in &decoys {
        for name in ["nobody", "without", "disabled"] {
            present(&bench, decoy, name, 60).await?;
            present(&bench, decoy, name, 3600).await?;
        }
    }
    Ok(())
}

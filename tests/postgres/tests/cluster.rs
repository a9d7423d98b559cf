//! A cluster by itself: its databases, its stops and starts, and that nothing of it stays behind.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use postgres_cluster::{Absent, Cluster, Durability, Stop};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DbErr, Statement};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Set in the process that is killed.
const VICTIM: &str = "POSTGRES_CLUSTER_VICTIM";

async fn count(url: &str) -> Result<i64, DbErr> {
    let mut options = ConnectOptions::new(url);
    // The driver tries again until then when nobody listens.
    options.acquire_timeout(Duration::from_secs(1));
    let connection = Database::connect(options).await?;
    let sql = Statement::from_string(connection.get_database_backend(), "SELECT count(*) FROM t");
    let row = connection.query_one_raw(sql).await?;
    let count = row.ok_or(DbErr::RecordNotFound("a count".to_owned()))?;
    let count = count.try_get_by_index(0)?;
    connection.close().await?;
    Ok(count)
}

/// `None`, and it is said, where there is no PostgreSQL.
fn own(durability: Durability) -> Result<Option<Cluster>, Absent> {
    match Cluster::start(durability) {
        Err(Absent::NotInstalled) => {
            eprintln!("\nNOT RUN: a PostgreSQL cluster: {}", Absent::NotInstalled);
            Ok(None)
        }
        made => made.map(Some),
    }
}

#[tokio::test]
async fn what_was_committed_outlives_a_kill_and_databases_are_apart() -> Outcome {
    let Some(cluster) = own(Durability::Synced)? else {
        return Ok(());
    };
    let (one, other) = (cluster.database().await?, cluster.database().await?);
    let connection = Database::connect(one.url()).await?;
    connection
        .execute_unprepared("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)")
        .await?;
    assert!(count(other.url()).await.is_err());
    for stop in [Stop::Killed, Stop::Immediate, Stop::Fast] {
        cluster.stop(stop);
        assert_eq!(cluster.process(), None);
        assert!(count(one.url()).await.is_err(), "{stop:?}");
        cluster.start_again()?;
        assert_eq!(count(one.url()).await?, 2, "{stop:?}");
    }
    let folder = cluster.folder().ok_or("no folder")?.to_owned();
    drop((one, other, cluster));
    assert!(!folder.exists());
    Ok(())
}

#[test]
fn a_process_that_is_killed_leaves_no_cluster_behind() -> Outcome {
    if std::env::var_os(VICTIM).is_some() {
        let cluster = Cluster::start(Durability::None)?;
        println!("\n{}", cluster.folder().ok_or("no folder")?.display());
        sleep(Duration::from_secs(600));
    }
    if own(Durability::None)?.is_none() {
        return Ok(());
    }
    let mut victim = Command::new(std::env::current_exe()?)
        .args(["--exact", "--nocapture"])
        .arg("a_process_that_is_killed_leaves_no_cluster_behind")
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()?;
    let out = victim.stdout.take().ok_or("no output")?;
    let lines = std::io::BufRead::lines(std::io::BufReader::new(out));
    let mut lines = lines.map_while(Result::ok);
    let folder = lines.find(|line| line.contains("tessera-postgres-"));
    let folder = folder.ok_or("it said no folder")?;
    assert!(Path::new(&folder).exists());
    victim.kill()?;
    victim.wait()?;
    while Path::new(&folder).exists() {
        sleep(Duration::from_millis(10));
    }
    Ok(())
}
